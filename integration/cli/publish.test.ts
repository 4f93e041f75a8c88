import assert from 'node:assert/strict';
import { after, before, test } from 'node:test';
import type { StateFile } from '../../src/state/state-file.ts';
import { type Item, itemsOf } from '../queue-items.ts';
import type { Ended } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';

const toml = `
  limits.event_size = "1KiB"
  [[trigger.queue]]
  name = "in"
  queue = "jobs"
  component = "choose"
  [[trigger.cron]]
  name = "nightly"
  schedule = "@daily"
  component = "choose"
  [output.out]
  queue = "done"`;

let app: TemporaryApp;
let state: StateFile;

before(async () => {
  app = await TemporaryApp.create({ guests: ['choose'], toml });
  state = app.openState();
});

after(async () => {
  await state[Symbol.asyncDispose]();
  app[Symbol.dispose]();
});

/** What a `sluice publish` added to a queue, and how it ended. */
async function publish(
  args: readonly string[],
  input?: string,
  queue = 'jobs',
): Promise<Ended & { items: readonly Item[] }> {
  const before = new Set(itemsOf(state, queue).map(({ seq }) => seq));
  const ended = await app.run(['publish', ...args], input === undefined ? {} : { input });
  return { ...ended, items: itemsOf(state, queue).filter(({ seq }) => !before.has(seq)) };
}

const textsOf = ({ items }: { readonly items: readonly Item[] }): readonly string[] => items.map(({ text }) => text);

test('publish puts its argument into the source of a trigger, and says so on stderr', async () => {
  const published = await publish(['in', 'hello']);
  assert.deepEqual(textsOf(published), ['hello']);
  assert.deepEqual([published.code, published.stdout, published.stderr], [0, '', 'published 1 to in\n']);
});

test('publish reads a file, or stdin, byte for byte', async () => {
  app.write('data.json', '{"a": 1}\n');
  assert.deepEqual(textsOf(await publish(['in', '--file', 'data.json'])), ['{"a": 1}\n']);
  assert.deepEqual(textsOf(await publish(['in', '-'], 'from stdin\n')), ['from stdin\n']);
});

test('publish --lines makes a message of each line that is not empty', async () => {
  const published = await publish(['--json', 'in', '--lines', '-'], '{"n":1}\n\n{"n":2}\r\n{"n":3}');
  assert.deepEqual(textsOf(published), ['{"n":1}', '{"n":2}', '{"n":3}']);
  assert.deepEqual(JSON.parse(published.stdout), { target: 'in', published: 3, duplicates: 0 });
});

test('publish --count publishes the same so many times', async () => {
  assert.equal((await publish(['in', 'again', '--count', '1200'])).items.length, 1200);
});

test('publish --id stores the same id once', async () => {
  assert.deepEqual(
    (await publish(['in', 'one', '--id', 'order-17'])).items.map(({ id }) => id),
    ['order-17'],
  );
  const again = await publish(['in', 'two', '--id', 'order-17']);
  assert.deepEqual(again.items, []);
  assert.equal(again.stderr, 'published 1 to in: a duplicate, stored there before under its id and not again\n');
  const json = await publish(['--json', 'in', 'three', '--id', 'order-17', '--priority', '1']);
  assert.deepEqual(JSON.parse(json.stdout), { target: 'in', published: 1, duplicates: 1 });
});

/** What the last lines of a file became, byte for byte. */
function lastData(count: number): readonly string[] {
  const rows = state.read((db) => db.prepare('SELECT data FROM queue_body ORDER BY seq DESC LIMIT ?').all(count));
  return rows.map(({ data }) => Buffer.from(data as Uint8Array).toString('latin1')).toReversed();
}

test('publish --lines ends lines with LF alone, and hands bytes over as they are', async () => {
  const lines = ['{"a":"x\u2028y"}', '{"b":"x\u2029y\u0085\v\f"}', '\uFEFF{}', 'a\rb'].map((line) => Buffer.from(line));
  const invalid = Buffer.from([0x7b, 0xff, 0xc3, 0x7d]);
  const all = [...lines, invalid];
  app.write('lines', Buffer.concat(all.flatMap((line, n) => [line, Buffer.from(n % 2 === 0 ? '\n' : '\r\n')])));
  assert.equal((await publish(['in', '--lines', '--file', 'lines'])).items.length, all.length);
  assert.deepEqual(
    lastData(all.length),
    all.map((line) => line.toString('latin1')),
  );
});

test('publish --lines tells which line is too large, and publishes all others', async () => {
  app.write('lines', `one\n\n${'x'.repeat(100_000)}\n${'y'.repeat(1024)}\r\n${'z'.repeat(1025)}\nlast`);
  const ended = await publish(['in', '--lines', '--file', 'lines']);
  assert.deepEqual(
    textsOf(ended).map((text) => text.length),
    [3, 1024, 4],
  );
  assert.match(ended.stderr, /^published 3 to in\n/);
  assert.match(ended.stderr, /SLU3004: line 3 has 100000 bytes, .* is 1024; 1 more line is too large/);
  assert.equal(ended.code, 5);
});

test('publish --after makes an item wait', async () => {
  const { items } = await publish(['in', 'later', '--after', '1h']);
  assert.deepEqual(
    items.map(({ text, place }) => [text, place]),
    [['later', 'waiting']],
  );
});

test('publish to an output goes where the output goes, with the headers, key and content type that are given', async () => {
  const options = ['--header', 'a=1', '--header', 'a=b=c', '--key', 'k', '--content-type', 'text/plain'];
  const published = await publish(['out', 'x', ...options], undefined, 'done');
  assert.deepEqual(textsOf(published), ['x']);
  const row = state.read((db) =>
    db.prepare('SELECT CAST(key AS TEXT) AS key, content_type, headers FROM queue_body ORDER BY seq DESC').get(),
  );
  assert.deepEqual({ ...row }, { key: 'k', content_type: 'text/plain', headers: '[["a","1"],["a","b=c"]]' });
});

const refused = [
  { what: 'a target that is not defined', args: ['inn', 'x'], code: 2, says: /SLU1001: .*'inn'[^]*did you mean/i },
  { what: 'data that is given twice', args: ['in', 'x', '--file', 'data.json'], code: 2, says: /SLU1001: .*twice/ },
  {
    what: 'a file that is not there',
    args: ['in', '--file', 'nowhere'],
    code: 2,
    says: /SLU1001: nowhere can't be read/,
  },
  { what: 'a delay for what is no queue', args: ['nightly', 'x', '--after', '1s'], code: 2, says: /SLU1001: .*queues/ },
  {
    what: 'a count with one id',
    args: ['in', 'x', '--count', '2', '--id', 'a'],
    code: 2,
    says: /SLU1001: --count .*--id/,
  },
  { what: 'lines with one id', args: ['in', 'x', '--lines', '--id', 'a'], code: 2, says: /SLU1001: --lines .*--id/ },
  { what: 'a count of lines', args: ['in', 'x', '--lines', '--count', '2'], code: 2, says: /SLU1001: --count/ },
  { what: 'a count that is no number', args: ['in', 'x', '--count', 'many'], code: 2, says: /SLU1001: / },
  { what: 'a message that is too large', args: ['in', 'x'.repeat(1025)], code: 5, says: /SLU3004: .*1025 bytes/ },
];

for (const { what, args, code, says } of refused) {
  test(`publish refuses ${what}, and publishes nothing`, async () => {
    const ended = await publish(args);
    assert.match(ended.stderr, says);
    assert.deepEqual([ended.code, ended.stdout, ended.items], [code, '', []]);
  });
}
