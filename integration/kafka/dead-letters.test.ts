import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { describe, test } from 'node:test';
import { headerOf } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { until } from '../until.ts';
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
});
