import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import { DeadLetterStore } from '../../src/dispatch/dead-letters/dead-letter-store.ts';
import type { StateFile } from '../../src/state/state-file.ts';
import { put, textsOf } from '../queue-items.ts';
import { TemporaryApp } from '../temporary-app.ts';

const trigger = (name: string): string => `
  [[trigger.queue]]
  name = "${name}"
  queue = "${name}"
  component = "choose"
  retry = { attempts = 1 }`;

let app: TemporaryApp;
let state: StateFile;

before(async () => {
  app = await TemporaryApp.create({ guests: ['choose'], toml: `${trigger('a')}${trigger('b')}` });
  state = app.openState();
  await put(state, 'a', 'reject 1', 'fail 2', 'trap 3');
  await put(state, 'b', 'reject 4');
  const { code } = await app.run(['up', '--until-idle', '100ms']);
  assert.equal(code, 0);
});

after(async () => {
  await state[Symbol.asyncDispose]();
  app[Symbol.dispose]();
});

interface Letter {
  readonly number: number;
  readonly trigger: string;
  readonly outcome: string;
  readonly reason: string;
  readonly attempt: number;
  readonly event: { readonly data: string; readonly id: string };
}

async function list(...args: readonly string[]): Promise<readonly Letter[]> {
  const { code, stdout } = await app.run(['--json', 'dead', 'list', ...args]);
  assert.equal(code, 0);
  return JSON.parse(stdout) as readonly Letter[]; // what dead list --json prints
}

function numberOf(data: string): string {
  const letters = new DeadLetterStore(state, () => 0).list(100);
  return String(letters.find(({ event }) => Buffer.from(event.data).toString() === data)?.number);
}

test('dead list prints a line for each, the newest first, and can be narrowed', async () => {
  const { stdout } = await app.run(['dead', 'list']);
  const lines = stdout.trim().split('\n');
  assert.equal(lines.length, 4);
  for (const line of lines)
    assert.match(line, /^\d+ {2}20\S+Z {2}[ab] {2}\S+ {2}attempt 1 {2}(?:rejected|failed|trapped): /);
  const numbers = lines.map((line) => Number.parseInt(line, 10));
  assert.deepEqual(
    numbers,
    numbers.toSorted((one, other) => other - one),
  );
  assert.deepEqual(
    (await list('--trigger', 'b')).map(({ event }) => event.data),
    ['reject 4'],
  );
  assert.equal((await list('--count', '2')).length, 2);
});

test('dead show prints one whole, or its data alone', async () => {
  const number = numberOf('fail 2');
  const { stdout } = await app.run(['dead', 'show', number]);
  const { outcome, reason, trigger, attempt } = JSON.parse(stdout) as Letter; // what dead show prints
  assert.deepEqual([outcome, reason, trigger, attempt], ['failed', 'asked to fail (attempt 1 of 1)', 'a', 1]);
  assert.equal((await app.run(['dead', 'show', number, '--data'])).stdout, 'fail 2');
  const { code, stderr } = await app.run(['dead', 'show', '999']);
  assert.equal(code, 2);
  assert.match(stderr, /SLU1001: there is no dead letter 999/);
});

test('dead replay puts events back into their source as new ones, and removes their letters', async () => {
  const { code, stderr } = await app.run(['dead', 'replay', numberOf('reject 1'), numberOf('reject 4')]);
  assert.deepEqual([code, stderr], [0, 'replayed 2\n']);
  assert.deepEqual([textsOf(state, 'a'), textsOf(state, 'b')], [['reject 1'], ['reject 4']]);
  assert.deepEqual((await list()).map(({ event }) => event.data).toSorted(), ['fail 2', 'trap 3']);
  await app.run(['up', '--until-idle', '100ms']);
  assert.equal((await list()).length, 4);
});

test('dead purge removes what is named, and refuses when nothing is', async () => {
  const unnamed = await app.run(['dead', 'purge']);
  assert.equal(unnamed.code, 2);
  assert.match(unnamed.stderr, /SLU1001: no dead letter is named/);
  assert.equal((await app.run(['dead', 'purge', numberOf('trap 3')])).stderr, 'removed 1\n');
  assert.equal((await app.run(['dead', 'purge', '--trigger', 'a'])).stderr, 'removed 2\n');
  assert.equal((await app.run(['dead', 'purge', '--all'])).stderr, 'removed 1\n');
  assert.deepEqual(await list(), []);
});
