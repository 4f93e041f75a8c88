import { randomUUID } from 'node:crypto';
import { Consumer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { plainWork } from './plain-work.ts';
import { type Run, Stopwatch } from './stopwatch.ts';

/** What both plain loops and Sluice fetch at once. */
export const FETCH_BYTES = 10 * 2 ** 20;
export const PARTITION_FETCH_BYTES = 2 ** 20;
const WAIT_MS = 100;

export interface PlainRun {
  readonly bootstrap: string;
  readonly topic: string;
  readonly count: number;
}

/**
 * The loop that people write with kafkajs: work for each message of a batch, then, unless `commits` is false, a commit that the broker has
 * confirmed before the next batch.
 */
export async function eachBatchLoop({ bootstrap, topic, count }: PlainRun, { commits = true } = {}): Promise<Run> {
  const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
    groupId: randomUUID(),
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxWaitTimeInMs: WAIT_MS,
  });
  const stopwatch = new Stopwatch(count);
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    eachBatch: async ({ batch: { messages, partition } }) => {
      stopwatch.begin();
      for (const { value } of messages) if (value !== null) plainWork(value);
      const next = BigInt(messages.at(-1)?.offset ?? 0) + 1n;
      if (commits) await consumer.commitOffsets([{ topic, partition, offset: String(next) }]);
      stopwatch.counted(messages.length);
    },
  });
  const run = await stopwatch.ended;
  await consumer.disconnect();
  return run;
}

/** The same with the other client that is kept for Node: a stream, committed every second. */
export async function streamLoop({ bootstrap, topic, count }: PlainRun): Promise<Run> {
  const consumer = new Consumer({ clientId: 'bench', groupId: randomUUID(), bootstrapBrokers: [bootstrap] });
  const stopwatch = new Stopwatch(count);
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'earliest',
    autocommit: 1000,
    maxBytes: FETCH_BYTES,
    maxWaitTime: WAIT_MS,
  });
  stream.on('data', ({ value }) => {
    stopwatch.begin();
    plainWork(value);
    stopwatch.counted(1);
  });
  const run = await stopwatch.ended;
  await stream.close();
  await consumer.close();
  return run;
}
