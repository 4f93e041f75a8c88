import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Kafka, logLevel } from 'kafkajs';
import { KafkaServer } from './kafka.ts';

async function valuesOf(kafka: Kafka, topic: string, count: number): Promise<string[]> {
  const consumer = kafka.consumer({ groupId: `reader-of-${topic}`, readUncommitted: false });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const values: string[] = [];
  const all = Promise.withResolvers<void>();
  await consumer.run({
    autoCommit: false,
    async eachMessage({ message }) {
      values.push(String(message.value));
      if (values.length >= count) all.resolve();
    },
  });
  await all.promise;
  await consumer.disconnect();
  return values;
}

test('KafkaServer keeps what it confirmed to a producer that asks all replicas, over a SIGKILL and a restart', async () => {
  await using server = await KafkaServer.start();
  const topic = await server.freshTopic();
  const kafka = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING });
  const producer = kafka.producer();
  await producer.connect();
  await producer.send({ topic, acks: -1, messages: [{ value: 'before' }] });
  await server.kill();
  await server.restart();
  await producer.send({ topic, acks: -1, messages: [{ value: 'after' }] });
  await producer.disconnect();
  assert.deepEqual(await valuesOf(kafka, topic, 2), ['before', 'after']);
});
