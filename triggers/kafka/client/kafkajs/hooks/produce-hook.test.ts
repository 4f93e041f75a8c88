import assert from 'node:assert/strict';
import { createRequire } from 'node:module';
import { test } from 'node:test';
import { ByteReader } from '../../../wire/byte-reader.ts';
import { readLog } from '../../../wire/log-reader.ts';
import { readBatchHeader } from '../../../wire/record-batch.ts';
import type { OutgoingRecord } from '../../kafka-client.ts';
import { type Exchange, requestDefinition } from './internals.ts';
import { installProduceHook } from './produce-hook.ts';

const definition = requestDefinition<object>('Produce', 0, 7);
installProduceHook();

const records: readonly OutgoingRecord[] = [
  {
    topic: 'orders',
    partition: 4,
    key: Buffer.from('k'),
    value: Buffer.from('v'),
    headers: [
      ['b', Buffer.from('1')],
      ['a', null],
      ['b', Buffer.alloc(0)],
    ],
    timestamp: 1_700_000_000_000,
  },
  { topic: 'orders', partition: 4, key: null, value: null, headers: [], timestamp: 1_600_000_000_000 },
];

test('a produce request of ours has every record as it was given, in each version and codec', async () => {
  for (const version of [3, 4, 5, 6, 7]) {
    for (const compression of [0, 1, 2, 3, 4]) {
      const { request } = produce(version, { messages: records, compression });
      assert.equal(request.apiVersion, version);
      const { log, acks, timeout } = parse((await request.encode()).buffer);
      const { records: read } = await readLog(log, { topic: 'orders', partition: 4, offset: 0 });
      assert.deepEqual([acks, timeout], [-1, 30_000]);
      assert.deepEqual(
        read.map(({ timestamp, headers }) => [timestamp, headers.map(([name, value]) => [name, text(value)])]),
        [
          [
            1_700_000_000_000,
            [
              ['b', '1'],
              ['a', null],
              ['b', ''],
            ],
          ],
          [1_600_000_000_000, []],
        ],
      );
      assert.deepEqual(
        read.map(({ key, value }) => [text(key), text(value)]),
        [
          ['k', 'v'],
          [null, null],
        ],
      );
    }
  }
});

test('a produce request of ours carries the identity of its producer', async () => {
  const identity = { producerId: '4000000000', producerEpoch: 7, transactionalId: 'tx' };
  const { transactionalId, log } = parse(
    (await produce(7, { messages: records, ...identity }).request.encode()).buffer,
  );
  assert.equal(transactionalId, 'tx');
  const header = readBatchHeader(new ByteReader(log));
  assert.deepEqual([header.producerId, header.transactional], [4_000_000_000n, true]);
  assert.deepEqual([log.readInt16BE(51), log.readInt32BE(53)], [7, 12]);

  const { log: without } = parse((await produce(7, { messages: records }).request.encode()).buffer);
  const plain = readBatchHeader(new ByteReader(without));
  assert.deepEqual([plain.producerId, plain.transactional], [-1n, false]);
  assert.deepEqual([without.readInt16BE(51), without.readInt32BE(53)], [-1, -1]);
});

test('kafkajs takes what the hook encodes for its own, and puts its header before it', async () => {
  const createRequest = createRequire(import.meta.url)('kafkajs/src/protocol/request.js') as (
    options: object,
  ) => Promise<{ buffer: Buffer }>;
  const { request } = produce(7, { messages: records });
  const { buffer } = await createRequest({ correlationId: 9, clientId: 'c', request });
  assert.equal(buffer.readInt32BE(0), buffer.byteLength - 4);
  assert.equal(parse(buffer.subarray(4 + 2 + 2 + 4 + 3)).topic, 'orders');
});

test('messages of other users of kafkajs are written by kafkajs', async () => {
  const messages = [{ key: 'k', value: 'text', headers: { a: 'b' } }, { value: 'more' }];
  const { log } = parse((await produce(7, { messages }).request.encode()).buffer);
  const { records: read } = await readLog(log, { topic: 'orders', partition: 4, offset: 0 });
  assert.deepEqual(
    read.map(({ value, headers }) => [text(value), headers.length]),
    [
      ['text', 1],
      ['more', 0],
    ],
  );
});

interface Produced {
  readonly messages: readonly object[];
  readonly compression?: number;
  readonly producerId?: string;
  readonly producerEpoch?: number;
  readonly transactionalId?: string;
}

function produce(version: number, { messages, ...rest }: Produced): Exchange {
  const topicData = [{ topic: 'orders', partitions: [{ partition: 4, firstSequence: 12, messages }] }];
  return definition.protocol({ version })({ acks: -1, timeout: 30_000, topicData, ...rest });
}

function parse(body: Buffer): {
  transactionalId: string | null;
  acks: number;
  timeout: number;
  topic: string;
  log: Buffer;
} {
  const reader = new ByteReader(body);
  const length = reader.int16();
  const transactionalId = length === -1 ? null : reader.text(length);
  const acks = reader.int16();
  const timeout = reader.int32();
  assert.equal(reader.int32(), 1);
  const topic = reader.string();
  assert.deepEqual([reader.int32(), reader.int32()], [1, 4]);
  const log = Buffer.from(reader.take(reader.int32()));
  assert.equal(reader.left, 0);
  return { transactionalId, acks, timeout, topic, log };
}

function text(bytes: Uint8Array | null): string | null {
  return bytes && Buffer.from(bytes).toString();
}
