import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import type { Adapter } from '../../trigger/adapter.ts';
import { ManifestError } from '../manifest-error.ts';
import { parseManifest } from '../parse-manifest.ts';

const neverOpened = (): never => {
  throw new TypeError('a manifest is read without opening anything');
};
const time = z.iso.datetime({ offset: true, error: 'must be "earliest" or a time' });
const adapter: Adapter = {
  type: 'log',
  summary: 'A log.',
  trigger: {
    schema: z.strictObject({
      name_of: z.string().optional(),
      since: time.optional(),
      start: z.union([z.literal('earliest'), time]).optional(),
      last: z.boolean().optional(),
    }),
    destination: neverOpened,
    open: neverOpened,
  },
};

function read(options: string, limits = ''): ReturnType<typeof parseManifest> {
  const text = `[component.c]\nsource = "c.wasm"\n${limits}\n[[trigger.log]]\ncomponent = "c"\n${options}`;
  const env = { N: '3', YES: 'true', WORD: 'many', BIG: '9'.repeat(400) };
  const readFile = neverOpened;
  return parseManifest(text, { file: '/app/sluice.toml', adapters: [adapter], processors: 4, env, readFile });
}

function problem(options: string, limits?: string): string {
  try {
    read(options, limits);
    return '';
  } catch (thrown) {
    return thrown instanceof ManifestError ? thrown.problems.map(({ message }) => message).join('; ') : String(thrown);
  }
}

test('a reference stands for a number or a boolean where one is wanted, and for text elsewhere', () => {
  const app = read(
    'concurrency = "${env:N}"\nlast = "${env:YES}"\nname_of = "${env:N}"',
    'pool = { instances = "${env:N}" }',
  );
  assert.deepEqual(app.triggers[0]?.options, { last: true, name_of: '3' });
  assert.deepEqual([app.triggers[0]?.concurrency, app.components.get('c')?.pool.instances], [3, 3]);
});

test('what is written in quotes, or stands for no number, is refused as before', () => {
  assert.match(problem('concurrency = "3"'), /concurrency must be a number, got "3"/);
  assert.match(problem('concurrency = "${env:WORD}"'), /concurrency must be a number, got "many"/);
  assert.match(problem('concurrency = "${env:BIG}"'), /concurrency must be a number/);
  assert.match(problem('last = "${env:N}"'), /last must be/);
});

test('a date and time of TOML is taken where a time is wanted, and nowhere else', () => {
  const app = read('since = 2026-01-02T03:04:05Z\nstart = 2026-01-02T03:04:05.5+01:00');
  assert.deepEqual(app.triggers[0]?.options, {
    since: '2026-01-02T03:04:05.000Z',
    start: '2026-01-02T03:04:05.500+01:00',
  });
  assert.match(problem('name_of = 2026-01-02T03:04:05Z'), /name_of must be a string, got a date/);
  assert.match(problem('since = 2026-01-02'), /since must be "earliest" or a time/, 'it has no time');
});
