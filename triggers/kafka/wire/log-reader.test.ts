import assert from 'node:assert/strict';
import { test } from 'node:test';
import { AbortedTransactions } from './aborted-transactions.ts';
import { codecs } from './codec/codec.ts';
import { FetchRoom, type LogStretch, readLog } from './log-reader.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_SIZE } from './record-batch.ts';
import { batchAt, controlBatch, emptied, record, sealed } from './testing/log-bytes.ts';
import { below, randomRecords, seeded } from './testing/random-records.ts';

const place = { topic: 'orders', partition: 3, offset: 0 };

test('readLog gives back any records as they were written, with every codec', async () => {
  const random = seeded(2026);
  for (const codec of Object.values(codecs)) {
    for (let round = 0; round < 10; round++) {
      const offset = below(random, 2 ** 50);
      const written = randomRecords(random);
      const { records, next, broken } = await readLog(await batchAt(offset, written, { codec }), { ...place, offset });
      const wanted = written.map((record, n) => ({ ...record, offset: offset + n }));
      assert.equal(broken, undefined);
      assert.deepEqual(records.map(plain), wanted.map(plain));
      assert.equal(next, offset + written.length);
    }
  }
});

test('readLog leaves out what lies before the offset that is wanted', async () => {
  const log = Buffer.concat([
    await batchAt(
      10,
      ['a', 'b', 'c'].map((v) => record(v)),
    ),
    await batchAt(13, [record('d')]),
  ]);
  assert.deepEqual(values(await readLog(log, { ...place, offset: 12 })), ['c', 'd']);
});

test('readLog goes on past gaps, control batches and batches that compaction emptied', async () => {
  const log = Buffer.concat([
    await batchAt(5, [record('a')]),
    await controlBatch(9, 1n, 'commit'),
    await batchAt(20, [record('b')]),
    emptied(await batchAt(21, [record('c')]), 40),
  ]);
  const stretch = await readLog(log, place);
  assert.deepEqual(values(stretch), ['a', 'b']);
  assert.equal(stretch.next, 41);
  assert.equal((await readLog(log.subarray(-BATCH_HEADER_SIZE), { ...place, offset: 30 })).next, 41);
});

test('readLog leaves the rest for the next fetch when the batches decompress to very much', async () => {
  const value = Buffer.alloc(40_000_000);
  const large = await batchAt(0, [{ ...record(''), value }], { codec: codecs.zstd });
  const log = Buffer.concat([large, large, large]);
  log.writeBigInt64BE(1n, large.byteLength);
  log.writeBigInt64BE(2n, 2 * large.byteLength);
  const { next, broken } = await readLog(log, place);
  assert.deepEqual([next, broken], [2, undefined]);
});

test('readLog leaves a batch that is cut off at the end for the next fetch', async () => {
  const first = await batchAt(0, [record('a'), record('b')]);
  const log = Buffer.concat([first, await batchAt(2, [record('c')])]);
  for (let size = first.byteLength; size < log.byteLength; size++) {
    const { next, records, broken } = await readLog(log.subarray(0, size), place);
    assert.deepEqual([next, records.length, broken], [2, 2, undefined]);
  }
});

test('readLog tells of a first batch that is cut off, which no broker sends', async () => {
  const log = await batchAt(0, [record('a')]);
  for (let size = 1; size < log.byteLength; size++) {
    assert.match((await readLog(log.subarray(0, size), place)).broken?.message ?? '', /cut short/);
  }
  assert.deepEqual(await readLog(log.subarray(0, 0), place), { records: [], next: 0 });
});

test('readLog takes the time of the broker where the topic says so, and -1 where nobody gave one', async () => {
  const batch = await batchAt(0, [record('a'), { ...record('b'), timestamp: 500 }]);
  batch.writeInt16BE(0x08, ATTRIBUTES_AT);
  batch.writeBigInt64BE(1_700_000_000_000n, 35);
  const { records } = await readLog(sealed(batch), place);
  assert.deepEqual(
    records.map(({ timestamp }) => timestamp),
    [1_700_000_000_000, 1_700_000_000_000],
  );
  const untimed = await readLog(await batchAt(0, [{ ...record('a'), timestamp: -1 }]), place);
  assert.equal(untimed.records[0]?.timestamp, -1);
});

test('readLog leaves out aborted transactions and nothing else', async () => {
  const one = { producerId: 1n, transactional: true };
  const two = { producerId: 2n, transactional: true };
  // The key of an abort marker, on data.
  const marker = Uint8Array.of(0, 0, 0, 0);
  const log = Buffer.concat([
    await batchAt(0, [record('one commits')], one),
    await controlBatch(1, 1n, 'commit'),
    await batchAt(2, [record('one aborts', marker)], one),
    await batchAt(3, [record('two commits', marker)], two),
    await batchAt(4, [record('one outside', marker)], { producerId: 1n }),
    await batchAt(5, [record('one aborts still')], one),
    await controlBatch(6, 2n, 'commit'),
    await controlBatch(7, 1n, 'abort'),
    await batchAt(8, [record('one commits again')], one),
    await batchAt(9, [record('two aborts')], two),
  ]);
  const aborted = new AbortedTransactions([
    { producerId: 2n, firstOffset: 9 },
    { producerId: 1n, firstOffset: 2 },
  ]);
  const stretch = await readLog(log, place, aborted);
  assert.deepEqual(values(stretch), ['one commits', 'two commits', 'one outside', 'one commits again']);
  assert.equal(stretch.next, 10);
  assert.equal(values(await readLog(log, place)).length, 7, 'all but control records without the list');
});

test('readLog leaves out the rest of an aborted transaction that began before what was fetched', async () => {
  const log = Buffer.concat([
    await batchAt(100, [record('x')], { producerId: 7n, transactional: true }),
    await controlBatch(101, 7n, 'abort'),
    await batchAt(102, [record('y')], { producerId: 7n, transactional: true }),
  ]);
  const aborted = new AbortedTransactions([{ producerId: 7n, firstOffset: 4 }]);
  assert.deepEqual(values(await readLog(log, { ...place, offset: 100 }, aborted)), ['y']);
});

test('readLog goes past control batches that compaction emptied', async () => {
  const log = Buffer.concat([
    emptied(await controlBatch(0, 7n, 'abort')),
    await batchAt(1, [record('x')], { producerId: 7n, transactional: true }),
    await controlBatch(2, 7n, 'abort'),
  ]);
  const aborted = new AbortedTransactions([{ producerId: 7n, firstOffset: 1 }]);
  assert.deepEqual(await readLog(log, place, aborted), { records: [], next: 3 });
});

test('readLog tells of a broker that sends only what is before the wanted offset', async () => {
  const { next, broken } = await readLog(await batchAt(0, [record('a')]), { ...place, offset: 5 });
  assert.deepEqual([next, broken?.code], [5, 'SLU3402']);
});

const damages: readonly (readonly [string, RegExp, (batch: Buffer) => void])[] = [
  ['a flipped bit', /checksum/, (batch) => (batch[70]! ^= 4)],
  ['an unknown codec', /compression 6 is not known/, (batch) => sealed(write16(batch, 6))],
  ['data that does not decompress', /incorrect header|unknown/i, (batch) => sealed(write16(batch, 1))],
  ['the message format of before Kafka 0.11', /message format 1/, (batch) => batch.writeInt8(1, 16)],
  ['a magic byte of the future', /magic byte is 3/, (batch) => batch.writeInt8(3, 16)],
  ['a negative length', /size of -1 bytes/, (batch) => batch.writeInt32BE(-13, 8)],
  ['an offset beyond all numbers', /claims the offsets/, (batch) => batch.writeBigInt64BE(2n ** 62n)],
  ['an offset that was there before', /base offset 1 comes after 1/, (batch) => batch.writeBigInt64BE(1n)],
  ['more records than bytes', /cut short/, (batch) => sealed(write32(batch, 57, 1000))],
  ['less records than bytes', /bytes follow the last record/, (batch) => sealed(write32(batch, 57, 1))],
  ['a negative count of records', /claims -1 records/, (batch) => sealed(write32(batch, 57, -1))],
  ['offsets beyond its last one', /offset 3 follows 2/, (batch) => sealed(write32(batch, 23, 0))],
];

for (const [what, message, damage] of damages) {
  test(`readLog stops at ${what}, and tells topic, partition and offset`, async () => {
    const damaged = await batchAt(2, [record('c'), record('d')]);
    damage(damaged);
    const log = Buffer.concat([await batchAt(0, [record('a'), record('b')]), damaged, await batchAt(4, [record('e')])]);
    const stretch = await readLog(log, place);
    assert.deepEqual(values(stretch), ['a', 'b']);
    assert.equal(stretch.next, 2);
    assert.equal(stretch.broken?.code, 'SLU3402');
    assert.match(stretch.broken.message, /^orders, partition 3 cannot be read from offset 2 on: /);
    assert.match(stretch.broken.message, message);
  });
}

test('readLog brings a batch of very many records in parts, each of them once', async () => {
  const count = 450_000;
  const log = await batchAt(
    5,
    Array.from({ length: count }, () => record('')),
    { codec: codecs.zstd },
  );
  assert.ok(log.byteLength < 2 ** 20, 'every topic takes it');
  const offsets: number[] = [];
  const parts: number[] = [];
  for (let next = 5; next < 5 + count;) {
    const stretch = await readLog(log, { ...place, offset: next });
    assert.equal(stretch.broken, undefined);
    parts.push(stretch.records.length);
    for (const { offset } of stretch.records) offsets.push(offset);
    next = stretch.next;
  }
  assert.deepEqual(parts, [200_000, 200_000, 50_000]);
  assert.ok(offsets.length === count && offsets.every((offset, at) => offset === at + 5));
});

test('readLog leaves what there is no room for to the next fetch, of all partitions together', async () => {
  const room = new FetchRoom();
  const bomb = await batchAt(0, [record('x'.repeat(70 * 2 ** 20))], { codec: codecs.zstd });
  assert.ok(bomb.byteLength < 2 ** 20);
  assert.equal((await readLog(bomb, place, undefined, room)).next, 1);
  assert.deepEqual(await readLog(bomb, place, undefined, room), { records: [], next: 0 });
});

test('readLog refuses a record of countless headers before it makes them', async () => {
  const headers = Array.from({ length: 100_001 }, () => ['', null] as const);
  const log = await batchAt(0, [{ key: null, value: null, headers, timestamp: 1 }], { codec: codecs.zstd });
  const { records, broken } = await readLog(log, place);
  assert.deepEqual([records, broken?.code], [[], 'SLU3402']);
  assert.match(broken?.message ?? '', /100001 headers/);
});

test('readLog stays where it is when the first batch cannot be read', async () => {
  const log = await batchAt(2, [record('a'), record('b')]);
  log.writeInt8(5, 70);
  const { records, next, broken } = await readLog(log, { ...place, offset: 3 });
  assert.deepEqual([records, next, broken?.code], [[], 3, 'SLU3402']);
});

test('readLog never throws, loops or invents records, whatever is wrong with the bytes', async () => {
  const random = seeded(7);
  const written = Object.values(codecs).flatMap((codec) => [codec, codec]);
  const batches = await Promise.all(
    written.map((codec, n) => batchAt(n * 3, [record('x'.repeat(50), 'k'), record('y'), record('z')], { codec })),
  );
  const good = Buffer.concat(batches);
  const whole = (await readLog(good, place)).records.map(plain);
  for (let round = 0; round < 2000; round++) {
    const log = Buffer.from(good);
    for (let flips = 1 + below(random, 3); flips > 0; flips--) log[below(random, log.byteLength)] = below(random, 256);
    const stretch = await readLog(
      log.subarray(0, round % 2 === 0 ? log.byteLength : below(random, log.byteLength)),
      place,
    );
    const offsets = [-1, ...stretch.records.map(({ offset }) => offset), stretch.next];
    assert.deepEqual(
      offsets,
      [...new Set(offsets)].sort((one, other) => one - other),
      'offsets grow, up to next',
    );
    for (const read of stretch.records.map(plain)) {
      // Offsets are not in the checksum; all else is.
      assert.ok(whole.some((one) => one['value'] === read['value'] && one['key'] === read['key']));
    }
  }
});

test('readLog never throws or loops when damaged records have the right checksum', async () => {
  const random = seeded(8);
  for (const codec of Object.values(codecs)) {
    const good = await batchAt(0, randomRecords(seeded(codec)), { codec });
    for (let round = 0; round < 250; round++) {
      const log = Buffer.from(good);
      const at = ATTRIBUTES_AT + 2 + below(random, log.byteLength - ATTRIBUTES_AT - 2);
      log[at] = below(random, 256);
      const { records, next } = await readLog(sealed(log), place);
      assert.ok(next > 0 || records.length === 0);
    }
  }
});

function values({ records }: LogStretch): string[] {
  return records.map(({ value }) => Buffer.from(value ?? []).toString());
}

/** Comparable whatever class the bytes are of. */
function plain({ key, value, headers, ...rest }: LogStretch['records'][number]): Record<string, unknown> {
  return { ...rest, key: hex(key), value: hex(value), headers: headers.map(([name, bytes]) => [name, hex(bytes)]) };
}

function hex(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength).toString('hex');
}

function write16(batch: Buffer, attributes: number): Buffer {
  batch.writeInt16BE(attributes, ATTRIBUTES_AT);
  return batch;
}

function write32(batch: Buffer, at: number, value: number): Buffer {
  batch.writeInt32BE(value, at);
  return batch;
}
