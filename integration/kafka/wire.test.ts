import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { CompressionTypes, Kafka, logLevel, type Message, type Producer, type ProducerConfig } from 'kafkajs';
import { fetchedBatch, installFetchHook, ownRack } from '../../triggers/kafka/client/kafkajs/hooks/fetch-hook.ts';
import { installIdleTimerPatch } from '../../triggers/kafka/client/kafkajs/hooks/idle-timer-patch.ts';
import { installProduceHook } from '../../triggers/kafka/client/kafkajs/hooks/produce-hook.ts';
import type { KafkaRecord } from '../../triggers/kafka/wire/kafka-record.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';

type Unplaced = Pick<KafkaRecord, 'key' | 'value' | 'headers'> & { readonly timestamp?: number };

const codecs = {
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

installFetchHook();
installProduceHook();
installIdleTimerPatch();

/** Old records would be removed before they are read. */
const started = Date.now();

const server = await forFile(KafkaServer.borrow());
const kafka = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING, retry: { initialRetryTime: 10 } });

for (const [name, codec] of Object.entries(codecs)) {
  test(`Sluice reads ${name} that the broker compressed, and the broker reads ours`, async () => {
    const records = [...mixed(300), ...mixed(3).map((record) => ({ ...record, value: Buffer.alloc(200_000, name) }))];
    // The broker decompresses what comes, and keeps it as the topic says.
    const theirs = await server.freshTopic({ config: { 'compression.type': name } });
    const ours = await server.freshTopic({ config: { 'compression.type': 'uncompressed' } });
    await using producer = await connect();
    await producer.send(theirs, records, CompressionTypes.None);
    await producer.send(ours, records, codec);
    for (const topic of [theirs, ours]) assert.deepEqual((await read(topic)).map(comparable), records.map(comparable));
  });
}

test('committed transactions are read and aborted ones are not, whatever the keys of their records', async () => {
  const topic = await server.freshTopic();
  await using producer = await connect({ transactionalId: randomUUID(), maxInFlightRequests: 1, idempotent: true });
  for (const [n, end] of (['commit', 'abort', 'abort', 'commit', 'abort'] as const).entries()) {
    const transaction = await producer.library.transaction();
    for (const [part, key] of [Uint8Array.of(0, 0, 0, 0), null].entries()) {
      const messages = [placed({ key, value: Buffer.from(`${end} ${n}.${part}`), headers: [] })];
      await transaction.send({ topic, messages });
    }
    await transaction[end]();
  }
  assert.deepEqual((await read(topic)).map(text), ['commit 0.0', 'commit 0.1', 'commit 3.0', 'commit 3.1']);
  assert.equal((await read(topic, { readUncommitted: true })).length, 10);
});

test('a compacted topic is read to its end, past batches that compaction emptied', async () => {
  const config = { 'cleanup.policy': 'compact', 'segment.ms': '1000', 'delete.retention.ms': '0' };
  const topic = await server.freshTopic({ config });
  // A segment that an hour has passed over is closed, and closed segments are compacted.
  let hour = Date.now() - 10 * 3_600_000;
  const write = async (producer: Awaited<ReturnType<typeof connect>>, key: string, value: string): Promise<void> => {
    await producer.send(topic, [{ key: Buffer.from(key), value: Buffer.from(value), headers: [], timestamp: hour }]);
  };
  // The last batch of a producer is kept without records, for its sequence numbers.
  await using replaced = await connect({ idempotent: true });
  for (let n = 0; n < 20; n++) await write(replaced, 'a', `old ${n}`);
  hour += 3_600_000;
  await using producer = await connect({ idempotent: true });
  await write(producer, 'a', 'new');
  hour += 3_600_000;
  await write(producer, 'b', 'last');

  let records = await read(topic);
  while (records.length > 2) records = await read(topic);
  assert.deepEqual(
    records.map((record) => [record.offset, text(record)]),
    [
      [20, 'new'],
      [21, 'last'],
    ],
  );
});

/** Records with all that is special: no key, no value, names that repeat, nulls. */
function mixed(count: number): Unplaced[] {
  return Array.from({ length: count }, (_, n) => ({
    key: n % 5 === 0 ? null : Buffer.from(`key ${n}`),
    value: n % 7 === 0 ? null : Buffer.from(`value ${n} `.repeat(n % 50)),
    headers: [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.alloc(0)],
      ['Grüße', Buffer.from([n % 256])],
    ],
    timestamp: started + n * (n % 2 === 0 ? 1 : -1),
  }));
}

/** All records of partition 0, up to what is its end when this is called. */
async function read(topic: string, { readUncommitted = false } = {}): Promise<KafkaRecord[]> {
  const admin = kafka.admin();
  await admin.connect();
  const [partition] = await admin.fetchTopicOffsets(topic);
  await admin.disconnect();
  const consumer = kafka.consumer({ groupId: randomUUID(), maxWaitTimeInMs: 50, rackId: ownRack(), readUncommitted });
  const records: KafkaRecord[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatchAutoResolve: false,
    async eachBatch(payload) {
      const fetched = fetchedBatch(payload.batch.messages[0]);
      if (fetched === undefined || fetched.broken)
        return all.reject(fetched?.broken ?? new Error('not read by the hook'));
      records.push(...fetched.records);
      payload.resolveOffset(String(fetched.next - 1));
      if (fetched.next >= Number(partition?.offset)) all.resolve();
    },
  });
  try {
    await all.promise;
  } finally {
    await consumer.disconnect();
  }
  return records;
}

interface TestProducer extends AsyncDisposable {
  readonly library: Producer;
  send(topic: string, records: readonly Unplaced[], compression?: CompressionTypes): Promise<void>;
}

async function connect(config: ProducerConfig = {}): Promise<TestProducer> {
  const library = kafka.producer({ createPartitioner: () => () => 0, ...config });
  await library.connect();
  return {
    library,
    async send(topic, records, compression = CompressionTypes.None) {
      await library.send({ topic, compression, messages: records.map(placed) });
    },
    [Symbol.asyncDispose]: () => library.disconnect(),
  };
}

/** The hook takes records as they are; the types of kafkajs do not know them. */
function placed(record: Unplaced): Message {
  return record as unknown as Message;
}

function comparable({ key, value, headers, timestamp }: Unplaced): object {
  const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
  return { key: hex(key), value: hex(value), headers: headers.map(([name, bytes]) => [name, hex(bytes)]), timestamp };
}

function text({ value }: KafkaRecord): string {
  return Buffer.from(value ?? []).toString();
}
