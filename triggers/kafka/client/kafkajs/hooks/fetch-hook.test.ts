import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { batchAt, controlBatch, record } from '../../../wire/testing/log-bytes.ts';
import { fetchedBatch, installFetchHook, ownRack } from './fetch-hook.ts';
import { type RequestDefinition, requestDefinition } from './internals.ts';

interface Decoded {
  readonly throttleTime: number;
  readonly clientSideThrottleTime?: number;
  readonly responses: readonly { topicName: string; partitions: readonly DecodedPartition[] }[];
}

interface DecodedPartition {
  readonly partition: number;
  readonly highWatermark: string;
  readonly lastStableOffset: string;
  readonly messages: readonly { offset: string; value?: Buffer; headers?: object }[];
}

/** What the runner of kafkajs makes of a partition before it calls `eachBatch`. */
type Batch = new (
  topic: string,
  fetchedOffset: string,
  partition: object,
) => {
  messages: readonly object[];
  lastOffset(): string;
  isEmpty(): boolean;
};

// The library's own modules, as the hook finds them.
const library = createRequire(import.meta.url);
const Batch = library('kafkajs/src/consumer/batch.js') as Batch;
const Encoder = library('kafkajs/src/protocol/encoder.js') as new () => Record<string, (value: unknown) => unknown> & {
  buffer: Buffer;
};

const definition: RequestDefinition<object> = requestDefinition('Fetch', 1, 11);
installFetchHook();

interface Partition {
  readonly log: Buffer;
  readonly end?: number;
  readonly stable?: number;
  readonly aborted?: readonly (readonly [producerId: number, firstOffset: number])[];
}

test('a fetch of ours brings one carrier for each partition, with the records and the next offset', async () => {
  const log = Buffer.concat([await batchAt(4, [record('a'), record('b')]), await controlBatch(6, 1n, 'commit')]);
  for (let version = 4; version <= 11; version++) {
    const decoded = await fetch(version, { log, end: 9, stable: 8 }, '5');
    const [message] = messagesOf(decoded);
    const fetched = fetchedBatch(message);
    assert.equal(message?.offset, '6');
    assert.deepEqual([fetched?.next, fetched?.end, fetched?.records.length], [7, 8, 1]);
    assert.equal(Buffer.from(fetched?.records[0]?.value ?? []).toString(), 'b');
    assert.deepEqual([decoded.throttleTime, decoded.clientSideThrottleTime], version >= 8 ? [0, 77] : [77, undefined]);
  }
});

test('kafkajs hands a carrier on to eachBatch, and nothing where nothing moved', async () => {
  const log = await batchAt(4, [record('a')]);
  const [partition] = (await fetch(11, { log }, '4')).responses[0]!.partitions;
  const batch = new Batch('orders', '4', partition!);
  assert.deepEqual([batch.messages.length, batch.lastOffset()], [1, '4']);
  const [empty] = (await fetch(11, { log: Buffer.alloc(0) }, '4')).responses[0]!.partitions;
  assert.ok(new Batch('orders', '4', empty!).isEmpty());
});

test('kafkajs hands a carrier on when the very first batch cannot be read', async () => {
  const log = await batchAt(4, [record('a')]);
  log.writeInt8(9, 66);
  for (const offset of ['0', '4']) {
    const [partition] = (await fetch(11, { log }, offset)).responses[0]!.partitions;
    const fetched = fetchedBatch(new Batch('orders', offset, partition!).messages[0]);
    assert.equal(fetched?.next, Number(offset));
    assert.equal(fetched.broken?.message.split(':')[0], `orders, partition 2 cannot be read from offset ${offset} on`);
  }
});

test('a fetch of ours leaves out what was aborted, unless it reads what is not committed', async () => {
  const log = Buffer.concat([
    await batchAt(0, [record('gone')], { producerId: 5n, transactional: true }),
    await controlBatch(1, 5n, 'abort'),
  ]);
  const answer = { log, aborted: [[5, 0]], end: 3, stable: 2 } as const;
  const committed = fetchedBatch(messagesOf(await fetch(11, answer, '0', 1))[0]);
  assert.deepEqual([committed?.records.length, committed?.next, committed?.end], [0, 2, 2]);
  const all = fetchedBatch(messagesOf(await fetch(11, answer, '0', 0))[0]);
  assert.deepEqual([all?.records.length, all?.next, all?.end], [1, 2, 3]);
});

test('the end of a partition is never before what was read of it', async () => {
  const fetched = fetchedBatch(
    messagesOf(await fetch(11, { log: await batchAt(4, [record('a')]), stable: 3 }, '4'))[0],
  );
  assert.deepEqual([fetched?.next, fetched?.end], [5, 5]);
});

test('a fetch of other users of kafkajs is read by kafkajs', async () => {
  const exchange = definition.protocol({ version: 11 })({ rackId: '', maxWaitTime: 1, topics: wanted('4') });
  const decoded = (await exchange.response.decode(response(11, { log: await batchAt(4, [record('a')]) }))) as Decoded;
  const [message] = messagesOf(decoded);
  assert.equal(fetchedBatch(message), undefined);
  assert.equal(message?.value?.toString(), 'a');
});

test('a rack of ours reaches the broker as its name', async () => {
  const exchange = definition.protocol({ version: 11 })({ rackId: ownRack('east'), maxWaitTime: 1, topics: [] });
  const { buffer } = await exchange.request.encode();
  assert.equal(buffer.readInt16BE(buffer.byteLength - 6), 4);
  assert.equal(buffer.subarray(-4).toString(), 'east');
});

test('a broker that is too old for record batches is refused', () => {
  const ask = definition.protocol({ version: 3 });
  assert.throws(() => ask({ rackId: ownRack(), topics: [] }), { code: 'SLU3001' });
});

async function fetch(version: number, answer: Partition, offset: string, isolationLevel = 1): Promise<Decoded> {
  const ask = definition.protocol({ version });
  const exchange = ask({ rackId: ownRack(), maxWaitTime: 1, isolationLevel, topics: wanted(offset) });
  const decoded = await exchange.response.decode(response(version, answer));
  // The shape that the tests are about.
  return (await exchange.response.parse(decoded)) as Decoded;
}

function wanted(fetchOffset: string): object[] {
  return [{ topic: 'orders', partitions: [{ partition: 2, fetchOffset }] }];
}

function messagesOf(decoded: Decoded): DecodedPartition['messages'] {
  return decoded.responses[0]?.partitions[0]?.messages ?? [];
}

function response(version: number, { log, end = 0, stable = 0, aborted = [] }: Partition): Buffer {
  const encoder = new Encoder();
  const write = (kind: string, ...values: unknown[]): void => values.forEach((value) => encoder[kind]!(value));
  write('writeInt32', 77);
  if (version >= 7) write('writeInt16', 0);
  if (version >= 7) write('writeInt32', 0);
  write('writeInt32', 1);
  write('writeString', 'orders');
  write('writeInt32', 1, 2);
  write('writeInt16', 0);
  write('writeInt64', end, stable);
  if (version >= 5) write('writeInt64', 0);
  write('writeInt32', aborted.length);
  for (const pair of aborted) write('writeInt64', ...pair);
  if (version >= 11) write('writeInt32', -1);
  write('writeInt32', log.byteLength);
  write('writeBuffer', log);
  return encoder.buffer;
}
