import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readLog } from '../../../wire/log-reader.ts';
import { batchAt } from '../../../wire/testing/log-bytes.ts';
import { randomRecords, seeded } from '../../../wire/testing/random-records.ts';
import { internalModule } from './internals.ts';

/** A record as kafkajs reads it: headers by name, one value or a list of them. */
interface LibraryRecord {
  readonly offset: string;
  readonly timestamp: string;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, Bytes | readonly Bytes[]>>;
}

type Bytes = Uint8Array | null;

// Modules of the library, of the shape that this test needs.
const Decoder = internalModule('src/protocol/decoder.js') as new (bytes: Buffer) => object;
const decodeBatch = internalModule('src/protocol/recordBatch/v0/decoder.js') as (
  decoder: object,
) => Promise<{ records: readonly LibraryRecord[] }>;
const encodeRecord = internalModule('src/protocol/recordBatch/record/v0/index.js') as (record: object) => object;
const { RecordBatch: encodeBatch } = internalModule('src/protocol/recordBatch/v0/index.js') as {
  RecordBatch: (batch: object) => Promise<{ buffer: Buffer }>;
};

const random = seeded(99);
// Those that kafkajs has itself; snappy, lz4 and zstd are held against the broker's own in the integration tests.
const rounds = [0, 1].flatMap((codec) => Array.from({ length: 15 }, () => ({ codec, records: randomRecords(random) })));

test('kafkajs reads the batches that Sluice writes', async () => {
  for (const { codec, records } of rounds) {
    const { records: read } = await decodeBatch(new Decoder(await batchAt(70, records, { codec })));
    const wanted = records.map(({ key, value, timestamp }, n) => [`${70 + n}`, `${timestamp}`, hex(key), hex(value)]);
    assert.deepEqual(
      read.map(({ offset, timestamp, key, value }) => [offset, timestamp, hex(key), hex(value)]),
      wanted,
    );
    assert.deepEqual(
      read.map(({ headers }) => byName(headers)),
      records.map(({ headers }) => byName(grouped(headers))),
    );
  }
});

test('Sluice reads the batches that kafkajs writes', async () => {
  for (const { codec, records } of rounds) {
    const [first] = records;
    const encoded = records.map(({ timestamp, headers, key, value }, offsetDelta) =>
      encodeRecord({
        key: key && Buffer.from(key),
        value: value && Buffer.from(value),
        // Null in a header makes it throw.
        headers: grouped(headers.map(([name, value]) => [name, Buffer.from(value ?? [])])),
        offsetDelta,
        timestampDelta: timestamp - first!.timestamp,
      }),
    );
    const { buffer } = await encodeBatch({
      compression: codec,
      records: encoded,
      firstTimestamp: first!.timestamp,
      lastOffsetDelta: records.length - 1,
    });
    const { records: read, broken } = await readLog(buffer, { topic: 't', partition: 0, offset: 0 });
    assert.equal(broken, undefined);
    assert.deepEqual(
      read.map(({ offset, timestamp, key, value }) => [offset, timestamp, hex(key), hex(value)]),
      records.map(({ timestamp, key, value }, n) => [n, timestamp, hex(key), hex(value)]),
    );
    assert.deepEqual(
      read.map(({ headers }) => headers.length),
      records.map(({ headers }) => headers.length),
    );
  }
});

function grouped(headers: readonly (readonly [string, Bytes])[]): Record<string, Bytes[]> {
  const named: Record<string, Bytes[]> = {};
  for (const [name, value] of headers) (named[name] ??= []).push(value);
  return named;
}

function byName(headers: LibraryRecord['headers']): Record<string, (string | null)[]> {
  const values = (some: Bytes | readonly Bytes[]): readonly Bytes[] => (Array.isArray(some) ? some : [some as Bytes]);
  return Object.fromEntries(Object.entries(headers).map(([name, some]) => [name, values(some).map(hex)]));
}

function hex(bytes: Bytes): string | null {
  return bytes && Buffer.from(bytes).toString('hex');
}
