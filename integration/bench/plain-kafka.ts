import { randomUUID } from 'node:crypto';
import { Consumer } from '@platformatic/kafka';
import { Kafka, logLevel } from 'kafkajs';
import { plainWork } from './plain-work.ts';

/** What both plain loops and Sluice fetch at once. */
export const FETCH_BYTES = 10 * 2 ** 20;
export const PARTITION_FETCH_BYTES = 2 ** 20;
const WAIT_MS = 100;

export interface PlainRun {
  readonly bootstrap: string;
  readonly topic: string;
  readonly count: number;
}

/** The loop that people write with kafkajs: work for each message of a batch, then a commit. Milliseconds from the first message to the last. */
export async function eachBatchLoop({ bootstrap, topic, count }: PlainRun): Promise<number> {
  const consumer = new Kafka({ brokers: [bootstrap], logLevel: logLevel.NOTHING }).consumer({
    groupId: randomUUID(),
    maxBytes: FETCH_BYTES,
    maxBytesPerPartition: PARTITION_FETCH_BYTES,
    maxWaitTimeInMs: WAIT_MS,
  });
  const clock = stopwatch(count);
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    eachBatch: ({ batch: { messages } }) => {
      for (const { value } of messages) {
        clock.begin();
        if (value !== null) plainWork(value);
      }
      clock.counted(messages.length);
      return Promise.resolve();
    },
  });
  const took = await clock.ended;
  await consumer.disconnect();
  return took;
}

/** The same with the other client that is kept for Node: a stream, committed every second. */
export async function streamLoop({ bootstrap, topic, count }: PlainRun): Promise<number> {
  const consumer = new Consumer({ clientId: 'bench', groupId: randomUUID(), bootstrapBrokers: [bootstrap] });
  const clock = stopwatch(count);
  const stream = await consumer.consume({
    topics: [topic],
    mode: 'earliest',
    autocommit: 1000,
    maxBytes: FETCH_BYTES,
    maxWaitTime: WAIT_MS,
  });
  stream.on('data', ({ value }) => {
    clock.begin();
    plainWork(value);
    clock.counted(1);
  });
  const took = await clock.ended;
  await stream.close();
  await consumer.close();
  return took;
}

interface Stopwatch {
  begin(): void;
  counted(messages: number): void;
  readonly ended: Promise<number>;
}

function stopwatch(count: number): Stopwatch {
  const { promise, resolve } = Promise.withResolvers<number>();
  let start = 0;
  let seen = 0;
  return {
    begin: () => {
      if (start === 0) start = performance.now();
    },
    counted: (messages) => {
      seen += messages;
      if (seen >= count) resolve(performance.now() - start);
    },
    ended: promise,
  };
}
