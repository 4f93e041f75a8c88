import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { headerOf } from '#trigger';
import type { OutgoingRecord } from '../../triggers/kafka/client/kafka-client.ts';
import type { KafkaHeader, KafkaRecord } from '../../triggers/kafka/wire/kafka-record.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { until } from '../until.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { SESSION_MS, Stage } from './stage.ts';

await buildGuest('rejects'); // compiling holds up the process, and with it what is running already
const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

/** An app whose component rejects what it reads, and whose dead letters go to a topic. */
function toml(reads: string, group: string, deadTopic: string, rest = ''): string {
  return `
[connection.main]
type = "kafka"
brokers = "${server.bootstrap}"

[[trigger.kafka]]
name = "read"
connection = "main"
component = "rejects"
${reads}
group = "${group}"
dead_letter = "dead"
session_timeout = "${SESSION_MS}ms"
heartbeat = "200ms"
commit_every = "20ms"
${rest}

[output.dead]
connection = "main"
topic = "${deadTopic}"
`;
}

async function lettersIn(topic: string): Promise<readonly string[]> {
  return (await stage.peer.records(topic)).map(({ value }) => Buffer.from(value ?? '').toString());
}

describe('dead letters on Kafka', { concurrency: 3 }, () => {
  for (const exactly of [false, true]) {
    test(`a dead letter that its topic never takes is kept in the local store, and holds up nothing; exactly_once = ${exactly}`, async () => {
      const topic = await server.freshTopic();
      const dead = await server.freshTopic({ config: { 'max.message.bytes': '10000' } });
      const large = 'x'.repeat(20_000);
      await stage.store(topic, ['one', large, 'two', large, 'three']);
      const options = {
        guests: ['rejects'],
        toml: toml(`topic = "${topic}"`, topic, dead, `exactly_once = ${exactly}`),
      };
      await using app = await RunningApp.open(options);
      await until(async () => (await stage.committed(topic)) === 5);
      assert.deepEqual((await lettersIn(dead)).toSorted(), ['one', 'three', 'two']);
      assert.ok(app.letters.every(({ event }) => Buffer.from(event.data).toString() === large));
      assert.deepEqual(
        app.letters.map(({ position }) => Number(position.split('/')[2])).toSorted((a, b) => a - b),
        [1, 3],
      );
      assert.equal((await app.status()).state, 'running');
    });
  }

  test('a pattern that matches the topic of its own dead letters leaves that out, and says so', async () => {
    const prefix = `circle-${randomUUID()}`;
    const [topic, dead] = [`${prefix}-orders`, `${prefix}-dead`];
    for (const each of [topic, dead]) await server.makeTopic(each);
    await stage.store(topic, ['poison']);
    const options = { guests: ['rejects'], toml: toml(`pattern = "${prefix}-.*"`, prefix, dead) };
    await using app = await RunningApp.open(options);
    await app.settled(1);
    await until(async () => (await stage.committed(topic, 0, prefix)) === 1);
    assert.ok(app.log.some((line) => line.includes(dead) && line.includes('left out')));
    const committed = await stage.peer.client.committed(prefix, [topic, dead]);
    assert.deepEqual(
      committed.map(({ topic: read }) => read),
      [topic],
    );
    const letters = await stage.peer.read(dead);
    assert.deepEqual(
      letters.map(({ headers }) => headerOf(headers, 'sluice-dead-place')),
      [topic],
    );
  });

  test('two CloudEvents with equal id and source are two letters, and a replay goes back where Kafka had each, byte for byte', async () => {
    const prefix = `forged-${randomUUID()}`;
    const [orders, bills, dead] = [`${prefix}-orders`, `${prefix}-bills`, `${prefix}-dead`];
    for (const each of [orders, bills, dead]) await server.makeTopic(each);
    const headers = cloudHeaders(bills);
    const sent: OutgoingRecord[] = [
      { topic: orders, partition: 0, key: null, value: Buffer.from('one'), headers },
      { topic: orders, partition: 0, key: Buffer.from([0xff, 0]), value: Buffer.from([0xff, 0xfe]), headers },
      { topic: orders, partition: 0, key: Buffer.from('k'), value: null, headers },
    ];
    await stage.peer.write(sent);
    using app = await TemporaryApp.create({
      guests: ['rejects'],
      toml: toml(`pattern = "${prefix}-.*"`, prefix, dead).replace('dead_letter = "dead"', 'dead_letter = "store"'),
    });
    const handled = await app.run(['up', '--until-idle', '500ms']);
    assert.equal(handled.code, 0, handled.stderr);
    const replayed = await app.run(['dead', 'replay', '--all']);
    assert.match(replayed.stderr, /replayed 3/);
    assert.deepEqual(await Promise.all([bills, dead].map((topic) => stage.end(topic))), [0, 0]);
    const records = (await stage.peer.records(orders)).slice(3);
    assert.deepEqual(records.map(comparable).toSorted(), sent.map(comparable).toSorted());
  });

  test('a structured CloudEvent that is passed on or replayed is the same event, its data byte for byte', async () => {
    const topic = await server.freshTopic();
    const data = '{ "orderId":9007199254740993, "price":1.10, "b":1, "a":2, "b":3 }';
    const envelope = `{"specversion":"1.0","id":"7","source":"/shop","type":"t","data":${data}}`;
    const contentType = 'application/cloudevents+json; charset=utf-8';
    await stage.peer.send(topic, [{ headers: [], contentType, data: Buffer.from(envelope) }]);
    using app = await TemporaryApp.create({
      guests: ['rejects'],
      toml: toml(`topic = "${topic}"`, topic, topic).replace('dead_letter = "dead"', 'dead_letter = "store"'),
    });
    assert.equal((await app.run(['up', '--until-idle', '500ms'])).code, 0);
    assert.match((await app.run(['dead', 'replay', '--all'])).stderr, /replayed 1/);
    const [, back] = await stage.peer.read(topic);
    assert.equal(Buffer.from(back?.data ?? '').toString(), data);
    assert.deepEqual(
      ['ce_id', 'ce_source', 'content-type'].map((name) => headerOf(back?.headers ?? [], name)),
      ['7', '/shop', 'application/json'],
    );
  });
});

/** Headers that say in every way that the record is another one, of another topic. */
function cloudHeaders(victim: string): KafkaHeader[] {
  return [
    ['sluice-record', `${victim}/0/0/0`],
    ['ce_specversion', '1.0'],
    ['ce_id', 'same'],
    ['ce_source', '/same'],
    ['ce_type', 't'],
    ['ce_time', '2026-01-01T00:00:00Z'],
    ['ce_subject', victim],
    ['ce_partitionkey', 'k'],
    ['sluice-dead-place', victim],
    ['sluice-tombstone', 'true'],
    ['bytes', Uint8Array.of(0xff)],
    ['null', null],
    ['bytes', Buffer.alloc(0)],
  ].map(([name, value]): KafkaHeader => [
    String(name),
    typeof value === 'string' ? Buffer.from(value) : (value as Uint8Array | null),
  ]);
}

function comparable({ key, value, headers }: Pick<KafkaRecord, 'key' | 'value' | 'headers'>): string {
  const hex = (bytes: Uint8Array | null): string | null => bytes && Buffer.from(bytes).toString('hex');
  return JSON.stringify([hex(key), hex(value), headers.map(([name, bytes]) => [name, hex(bytes)])]);
}
