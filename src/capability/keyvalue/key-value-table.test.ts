import assert from 'node:assert/strict';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { test } from 'node:test';
import { StateFile } from '../../state/state-file.ts';
import { KeyValueTable } from './key-value-table.ts';

const bytes = (text: string): Uint8Array => Buffer.from(text);
const text = (value: Uint8Array | undefined): string | undefined => value && Buffer.from(value).toString();

interface Opened extends AsyncDisposable {
  readonly path: string;
  readonly table: KeyValueTable;
}

async function open(): Promise<Opened> {
  const folder = await mkdtemp(join(tmpdir(), 'sluice-keyvalue-'));
  const path = join(folder, 'state.db');
  const state = StateFile.open(path);
  return {
    path,
    table: new KeyValueTable(state),
    async [Symbol.asyncDispose]() {
      await state[Symbol.asyncDispose]();
      await rm(folder, { recursive: true });
    },
  };
}

test('KeyValueTable gives back what was set last, and nothing once it was deleted', async () => {
  await using opened = await open();
  const { table } = opened;
  assert.equal(await table.get('s', 'k'), undefined);
  await table.change('s', [['k', bytes('one')]]);
  await table.change('s', [['k', bytes('two')]]);
  assert.equal(text(await table.get('s', 'k')), 'two');
  assert.equal(await table.exists('s', 'k'), true);
  await table.change('s', [['k', undefined]]);
  assert.equal(await table.exists('s', 'k'), false);
});

test('KeyValueTable keeps an empty value apart from none', async () => {
  await using opened = await open();
  await opened.table.change('s', [['k', new Uint8Array()]]);
  assert.deepEqual(await opened.table.get('s', 'k'), new Uint8Array());
});

test('KeyValueTable keeps stores apart', async () => {
  await using opened = await open();
  const { table } = opened;
  await table.change('one', [['k', bytes('1')]]);
  await table.change('two', [['k', bytes('2')]]);
  assert.equal(text(await table.get('one', 'k')), '1');
  assert.deepEqual(await table.list('two', 0), { keys: ['k'] });
  assert.deepEqual(await table.list('three', 0), { keys: [] });
});

test('KeyValueTable shows what another process has written, and survives being closed', async () => {
  await using opened = await open();
  await opened.table.change('s', [['k', bytes('v')]]);
  await using again = StateFile.open(opened.path);
  const table = new KeyValueTable(again);
  assert.equal(text(await table.get('s', 'k')), 'v');
  await table.change('s', [['k', bytes('w')]]);
  assert.equal(text(await opened.table.get('s', 'k')), 'w');
});

test('KeyValueTable.increment is exact when two processes count the same key at once', async () => {
  await using opened = await open();
  await using again = StateFile.open(opened.path);
  const tables = [opened.table, new KeyValueTable(again)];
  const counting = tables.flatMap((table) =>
    Array.from({ length: 100 }, () => table.increment('s', 'count', 1n, 'u64')),
  );
  const sums = await Promise.all(counting);
  assert.equal(new Set(sums).size, 200);
  assert.equal(text(await opened.table.get('s', 'count')), '200');
});

test('KeyValueTable.increment counts in decimal text, from 0', async () => {
  await using opened = await open();
  const { table } = opened;
  assert.equal(await table.increment('s', 'k', 5n, 'u64'), 5n);
  await table.change('s', [['k', bytes('40')]]);
  assert.equal(await table.increment('s', 'k', 2n, 'u64'), 42n);
  assert.equal(await table.increment('s', 'k', -50n, 's64'), -8n);
});

test('KeyValueTable.increment refuses what is no number or out of range, and changes nothing', async () => {
  await using opened = await open();
  const { table } = opened;
  await table.change('s', [
    ['word', bytes('many')],
    ['most', bytes(String(2n ** 64n - 1n))],
  ]);
  await assert.rejects(table.increment('s', 'word', 1n, 'u64'), { message: /'word' holds no decimal number/ });
  await assert.rejects(table.increment('s', 'most', 1n, 'u64'), { message: /out of range of a u64/ });
  await assert.rejects(table.increment('s', 'most', 0n, 's64'), { message: /out of range of a s64/ });
  assert.equal(text(await table.get('s', 'word')), 'many');
});

test('KeyValueTable.list pages through a thousand keys at a time, each key once', async () => {
  await using opened = await open();
  const { table } = opened;
  await table.change(
    's',
    Array.from({ length: 2500 }, (_, n) => [`key-${n}`, bytes('')] as const),
  );
  const keys: string[] = [];
  const sizes: number[] = [];
  for (let cursor: number | undefined = 0; cursor !== undefined;) {
    const page = await table.list('s', cursor);
    keys.push(...page.keys);
    sizes.push(page.keys.length);
    cursor = page.cursor;
    // A key that was listed is gone, and one that was not is still found: pages go by position, not by count.
    await table.change('s', [[page.keys[0] ?? '', undefined]]);
  }
  assert.deepEqual(sizes, [1000, 1000, 500]);
  assert.equal(new Set(keys).size, 2500);
});

test('KeyValueTable.getMany answers in the order of the keys, and refuses more than it may hold', async () => {
  await using opened = await open();
  const { table } = opened;
  await table.change('s', [
    ['a', bytes('1')],
    ['b', bytes('2')],
    ['big', new Uint8Array(1024 * 1024)],
  ]);
  assert.deepEqual((await table.getMany('s', ['b', 'none', 'a'])).map(text), ['2', undefined, '1']);
  await assert.rejects(
    table.getMany(
      's',
      Array.from({ length: 17 }, () => 'big'),
    ),
    { message: /16777216 bytes may be got at once/ },
  );
});

test('KeyValueTable.swap replaces a value only while it is the expected one', async () => {
  await using opened = await open();
  const { table } = opened;
  assert.equal(await table.swap('s', 'k', bytes('x'), bytes('y')), false);
  assert.equal(await table.swap('s', 'k', undefined, bytes('1')), true);
  assert.equal(await table.swap('s', 'k', undefined, bytes('2')), false);
  assert.equal(await table.swap('s', 'k', bytes('1'), bytes('2')), true);
  assert.equal(text(await table.get('s', 'k')), '2');
});

test('KeyValueTable.change makes all changes of a batch or none', async () => {
  await using opened = await open();
  const { table } = opened;
  // SQLite refuses to bind what is no value, in the middle of the batch.
  const broken = Symbol('no value') as unknown as Uint8Array;
  await assert.rejects(
    table.change('s', [
      ['a', bytes('1')],
      ['b', broken],
      ['c', bytes('3')],
    ]),
  );
  assert.deepEqual(await table.list('s', 0), { keys: [] });
});
