import assert from 'node:assert/strict';
import { test } from 'node:test';
import library, { Kafka, logLevel } from 'kafkajs';
import { silentLogger, systemClock } from '#trigger';
import type { OutgoingRecord } from '../../triggers/kafka/client/kafka-client.ts';
import { KafkajsClient } from '../../triggers/kafka/client/kafkajs/kafkajs-client.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { KAFKA_USER } from '../brokers/kafka-listeners.ts';
import { forFile } from '../for-file.ts';
import { until } from '../until.ts';
import { KafkaPeer } from './kafka-peer.ts';

const { AclOperationTypes, AclPermissionTypes, AclResourceTypes, ResourcePatternTypes } = library;

const server = await forFile(
  KafkaServer.start({
    listeners: ['sasl'],
    properties: {
      'authorizer.class.name': 'org.apache.kafka.metadata.authorizer.StandardAuthorizer',
      'super.users': 'User:ANONYMOUS',
      'allow.everyone.if.no.acl.found': 'true',
    },
  }),
);
const peer = await forFile(KafkaPeer.connect(server.bootstrap));

function record(topic: string, value: string, partition = 0): OutgoingRecord {
  return { topic, partition, key: null, value: Buffer.from(value), headers: [] };
}

async function valuesOf(topic: string): Promise<string[]> {
  return (await peer.records(topic)).map(({ value }) => Buffer.from(value ?? '').toString());
}

function connect(options: Readonly<Record<string, unknown>> = {}): Promise<KafkajsClient> {
  const connection = connectionOptions.parse({ brokers: server.bootstrap, ...options });
  return KafkajsClient.open(
    { connection, name: 'test', clock: systemClock, log: silentLogger },
    new AbortController().signal,
  );
}

test('what a transaction sent is seen when it is committed, with its offsets, and never when it is aborted', async () => {
  const [topic, other, source] = [await server.freshTopic(), await server.freshTopic(), await server.freshTopic()];
  const group = `group of ${source}`;
  await using producer = await peer.client.producer({ compression: 'none', transactionalId: `tx ${topic}` });
  for (let n = 0; n < 5; n += 1) {
    const transaction = await producer.begin();
    await transaction.send([record(topic, `${n}`), record(other, `${n}`)], 'none');
    await transaction.send([record(topic, `${n}b`)], 'none');
    await transaction.offsets(group, [{ topic: source, partition: 0, offset: 10 + n, metadata: `note ${n}` }]);
    await (n % 2 === 0 ? transaction.commit() : transaction.abort());
  }
  assert.deepEqual(await valuesOf(topic), ['0', '0b', '2', '2b', '4', '4b']);
  assert.deepEqual(await valuesOf(other), ['0', '2', '4']);
  assert.deepEqual(await peer.client.committed(group, [source]), [
    { topic: source, partition: 0, offset: 14, metadata: 'note 4' },
  ]);
});

test('transactions of nothing but offsets can follow each other at once, and each is committed', async () => {
  const source = await server.freshTopic();
  await using producer = await peer.client.producer({ compression: 'none', transactionalId: `tx ${source}` });
  for (let offset = 1; offset <= 10; offset += 1) {
    const transaction = await producer.begin();
    await transaction.offsets(source, [{ topic: source, partition: 0, offset, metadata: '' }]);
    await transaction.commit();
  }
  // Brokers before 4.0 show it a moment after the transaction has ended.
  await until(async () => (await peer.client.committed(source, [source]))[0]?.offset === 10);
});

test('a producer fences the earlier one of its id, whose open transaction is aborted', async () => {
  const topic = await server.freshTopic();
  const options = { compression: 'none', transactionalId: `tx ${topic}` } as const;
  await using stale = await peer.client.producer(options);
  const open = await stale.begin();
  await open.send([record(topic, 'stale')], 'none');
  await using fresh = await peer.client.producer(options);
  await assert.rejects(open.commit(), { code: 'SLU3410' });
  const transaction = await fresh.begin();
  await transaction.send([record(topic, 'fresh')], 'none');
  await transaction.commit();
  assert.deepEqual(await valuesOf(topic), ['fresh']);
});

test('records for partitions that a topic does not have are not taken for sent', async () => {
  const topic = await server.freshTopic({ partitions: 2 });
  await using producer = await peer.client.producer({ compression: 'none' });
  await assert.rejects(producer.send([record(topic, 'x', 1), record(topic, 'y', 2)]), {
    code: 'SLU3409',
    transient: true,
    message: /partition 2/,
  });
});

test('a topic that the user may not write to is reported with the missing permission', async () => {
  const topic = await server.freshTopic();
  const principal = `User:${KAFKA_USER.username}`;
  const admin = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING }).admin();
  await admin.connect();
  const acl = {
    resourceType: AclResourceTypes.TOPIC,
    resourceName: topic,
    resourcePatternType: ResourcePatternTypes.LITERAL,
    principal,
    host: '*',
    operation: AclOperationTypes.DESCRIBE,
    permissionType: AclPermissionTypes.ALLOW,
  };
  await admin.createAcls({ acl: [acl] });
  // The broker hears of it from its controller.
  await until(async () => (await admin.describeAcls(acl)).resources.length > 0);
  await admin.disconnect();
  const sasl = { mechanism: 'plain', ...KAFKA_USER };
  await using client = await connect({ brokers: server.address('sasl'), sasl });
  assert.equal((await client.partitions([topic])).get(topic), 1);
  await using producer = await client.producer({ compression: 'none' });
  await assert.rejects(producer.send([record(topic, 'x')]), {
    code: 'SLU3405',
    transient: false,
    message: new RegExp(`topic '${topic}'`),
    fix: /kafka-acls/,
  });
});
