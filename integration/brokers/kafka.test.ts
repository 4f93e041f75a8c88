import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import { Kafka, logLevel } from 'kafkajs';
import type { KafkaConfig } from 'kafkajs';
import { forFile } from '../for-file.ts';
import { KAFKA_USER } from './kafka-listeners.ts';
import { KafkaServer } from './kafka.ts';

const listeners = ['proxied', 'tls', 'mutual-tls', 'sasl', 'sasl-tls'] as const;
const server = await forFile(KafkaServer.start({ listeners }));

function clientOf(config: Partial<KafkaConfig> = {}): Kafka {
  // A new transaction is refused until the broker has marked the end of the last one: asking again must not take 300 ms.
  const retry = { initialRetryTime: 10 };
  return new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING, retry, ...config });
}

/** The values that a reader of committed messages sees up to `last`, which is a value too. */
async function valuesUpTo(last: string, topic: string): Promise<string[]> {
  const consumer = clientOf().consumer({ groupId: `readers of ${topic}`, maxWaitTimeInMs: 100 });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values: string[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    async eachMessage({ message }) {
      values.push(String(message.value));
      if (values.at(-1) === last) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return values;
}

/** A broker's first groups are given their coordinator while clients ask already; for these calls kafkajs does not ask again. */
async function withCoordinator<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (thrown) {
      if (!(thrown instanceof Error && 'retriable' in thrown && thrown.retriable === true)) throw thrown;
      await sleep(20);
    }
  }
}

test('a Kafka transaction shows its messages and offsets when it commits, and never when it aborts', async () => {
  const [from, to] = [await server.freshTopic(), await server.freshTopic()];
  const transactional = { transactionalId: `from ${from}`, idempotent: true, maxInFlightRequests: 1 };
  const producer = clientOf().producer(transactional);
  await producer.connect();
  for (const [index, end] of (['commit', 'abort', 'commit', 'abort'] as const).entries()) {
    const transaction = await producer.transaction();
    await transaction.send({ topic: to, messages: [{ value: `${end} ${index}` }] });
    const topics = [{ topic: from, partitions: [{ partition: 0, offset: String(index + 1) }] }];
    await withCoordinator(() => transaction.sendOffsets({ consumerGroupId: 'movers', topics }));
    await transaction[end]();
  }
  await producer.disconnect();

  const admin = clientOf().admin();
  // The end of a transaction is confirmed before it is visible; whoever takes its id over is let in when it is.
  const [successor, plain] = [clientOf().producer(transactional), clientOf().producer()];
  await Promise.all([admin.connect(), successor.connect(), plain.connect()]);
  const [offsets] = await withCoordinator(() => admin.fetchOffsets({ groupId: 'movers', topics: [from] }));
  assert.equal(offsets?.partitions[0]?.offset, '3');
  await plain.send({ topic: to, messages: [{ value: 'last' }] });
  assert.deepEqual(await valuesUpTo('last', to), ['commit 0', 'commit 2', 'last']);
  await Promise.all([admin.disconnect(), successor.disconnect(), plain.disconnect()]);
});

test('KafkaServer lets in who may log in, over each of its listeners, and nobody else', async () => {
  const { ca, client } = server.certificates;
  const topic = await server.freshTopic();
  const send = async (config: KafkaConfig): Promise<void> => {
    const producer = clientOf({ ...config, retry: { retries: 0 } }).producer();
    await producer.connect();
    await producer.send({ topic, messages: [{ value: 'let in' }] });
    await producer.disconnect();
  };
  const [sasl, saslTls] = [[server.address('sasl')], [server.address('sasl-tls')]];
  const unsigned = [{ alg: 'none' }, { sub: 'alice', iat: 0, exp: Date.now() / 1000 + 60 }, '']
    .map((part) => (part === '' ? '' : Buffer.from(JSON.stringify(part)).toString('base64url')))
    .join('.');
  await send({ brokers: [server.address('proxied')] });
  await send({ brokers: [server.address('tls')], ssl: { ca } });
  await send({ brokers: [server.address('mutual-tls')], ssl: { ca, ...client } });
  await send({ brokers: sasl, sasl: { mechanism: 'plain', ...KAFKA_USER } });
  await send({ brokers: sasl, sasl: { mechanism: 'scram-sha-256', ...KAFKA_USER } });
  await send({ brokers: saslTls, ssl: { ca }, sasl: { mechanism: 'scram-sha-512', ...KAFKA_USER } });
  const oauthBearerProvider = async (): Promise<{ value: string }> => ({ value: unsigned });
  await send({ brokers: sasl, sasl: { mechanism: 'oauthbearer', oauthBearerProvider } });
  const wrong = { ...KAFKA_USER, password: 'wrong' };
  await assert.rejects(send({ brokers: sasl, sasl: { mechanism: 'plain', ...wrong } }), /authentication failed/i);
  await assert.rejects(
    send({ brokers: sasl, sasl: { mechanism: 'scram-sha-512', ...wrong } }),
    /authentication failed/i,
  );
  await assert.rejects(send({ brokers: [server.address('mutual-tls')], ssl: { ca } }), /certificate/);
});

test('KafkaServer keeps what it confirmed to a producer that asks all replicas, over a SIGKILL and a restart', async () => {
  const topic = await server.freshTopic();
  const producer = clientOf({ retry: { retries: 20 } }).producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value: 'before' }] });
  await server.kill();
  await server.restart();
  await producer.send({ topic, acks: -1, messages: [{ value: 'after' }] });
  await producer.disconnect();
  assert.deepEqual(await valuesUpTo('after', topic), ['before', 'after']);
});
