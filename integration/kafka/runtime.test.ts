import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { isDeepStrictEqual } from 'node:util';
import { CompressionAlgorithms, Producer } from '@platformatic/kafka';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, take } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { foreignGroup } from './foreign-group.ts';
import { groupTrigger } from './group-trigger.ts';
import { Recorder } from './recorder.ts';
import { SESSION_MS, Stage } from './stage.ts';

// Compiling holds up the process, and with it what is running already.
for (const guest of ['accepts', 'echo', 'sleeps']) await buildGuest(guest);
const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

function toml(topic: string, component: string, rest = ''): string {
  return `${groupTrigger(server.bootstrap, topic)}
    component = "${component}"
    session_timeout = "${SESSION_MS}ms"
    heartbeat = "200ms"
    commit_every = "20ms"
    ${rest}`;
}

describe('sluice on Kafka', { concurrency: 3 }, () => {
  test('a handler of 3 x the session timeout causes no rebalance, and its record comes once', async () => {
    const topic = await server.freshTopic();
    await stage.store(topic, [String(3 * SESSION_MS)]);
    await using app = await RunningApp.open({ guests: ['sleeps'], toml: toml(topic, 'sleeps', 'timeout = "1m"') });
    await app.until(async () => (await app.status()).held === 1);
    const members = await stage.members(topic);
    await app.settled(1);
    assert.deepEqual(await stage.members(topic), members);
    const { taken, accepted, discarded, restarts } = await app.status();
    assert.deepEqual([taken, accepted, discarded, restarts], [1, 1, 0, 0]);
    assert.ok(!app.log.some((line) => /rebalanc/.test(line)));
  });

  test('results of a handler that come after its partition was revoked are thrown away, and counted', async () => {
    const topic = await server.freshTopic({ partitions: 2 });
    for (const partition of [0, 1]) await stage.store(topic, ['1500', '1500'], partition);
    const options = { guests: ['sleeps'], toml: toml(topic, 'sleeps', 'timeout = "1m"\norder = "none"') };
    await using app = await RunningApp.open(options);
    await app.until(async () => (await app.status()).held === 4);
    const other = await stage.trigger({ topic, order: 'none' });
    const held = await take(other, 2);
    await app.until(async () => (await app.status()).discarded === 4);
    assert.ok(app.metrics.some((line) => /^sluice_deliveries_discarded_total\{.*\} 4$/.test(line)));
    // What the app has kept, or was given again, it may have handled meanwhile.
    const [, partition] = held[0].event.id.split('/');
    assert.equal(await stage.committed(topic, Number(partition)), 0);
    await accept(other, ...held);
    await app.until(async () => (await app.status()).accepted === 2);
  });

  test('sluice up --until-idle ends when nothing but the ends of transactions is left', async () => {
    const topic = await server.freshTopic();
    await using producer = await stage.peer.client.producer({ compression: 'none', transactionalId: `into ${topic}` });
    for (const end of ['commit', 'abort'] as const) {
      const transaction = await producer.begin();
      await transaction.send([{ topic, partition: 0, key: null, value: Buffer.from(end), headers: [] }], 'none');
      await transaction[end]();
    }
    using app = await TemporaryApp.create({ guests: ['accepts'], toml: toml(topic, 'accepts') });
    assert.equal((await app.run(['up', '--until-idle', '500ms'])).code, 0);
    assert.equal(await stage.committed(topic), 4);
  });

  test('a trigger that cannot be restarted ends the process when it says on_failure = "exit"', async () => {
    const topic = await server.freshTopic();
    await using _group = await foreignGroup(server.bootstrap, topic);
    using app = await TemporaryApp.create({ guests: ['accepts'], toml: toml(topic, 'accepts', 'on_failure = "exit"') });
    const { code, stderr } = await app.run(['up']);
    assert.notEqual(code, 0);
    assert.match(stderr, /SLU3407/);
  });

  test('a topic that is deleted and made anew while it is read is read again, and the trigger says so meanwhile', async () => {
    const topic = await server.freshTopic();
    await using app = await RunningApp.open({ guests: ['accepts'], toml: toml(topic, 'accepts') });
    await stage.store(topic, ['one']);
    await app.settled(1);
    await stage.admin.deleteTopics({ topics: [topic] });
    await app.until(async () => {
      const { state, reason } = await app.status();
      return state === 'opening' && reason?.startsWith('no topic') === true;
    });
    await server.makeTopic(topic);
    await stage.store(topic, ['two', 'three']);
    await app.settled(3);
    assert.equal((await app.status()).state, 'running');
  });

  test('records that another client has written are handled, with every codec', async () => {
    const topic = await server.freshTopic();
    const recorder = new Recorder(() => 0);
    await using app = await RunningApp.open({
      guests: ['echo'],
      adapters: [recorder.adapter],
      toml: `${toml(topic, 'echo')}\n[output.out]\ntype = "recorder"`,
    });
    const codecs = [
      CompressionAlgorithms.NONE,
      CompressionAlgorithms.GZIP,
      CompressionAlgorithms.SNAPPY,
      CompressionAlgorithms.LZ4,
      CompressionAlgorithms.ZSTD,
    ];
    const texts = codecs.map((codec) => `${codec} `.repeat(2000));
    const producer = new Producer({ clientId: 'other', bootstrapBrokers: [server.bootstrap] });
    for (const [n, compression] of codecs.entries()) {
      await producer.send({ messages: [{ topic, value: Buffer.from(texts[n] ?? '') }], compression });
    }
    await producer.close();
    await app.settled(codecs.length);
    assert.ok(isDeepStrictEqual(recorder.texts, texts), recorder.texts.map((text) => text.slice(0, 10)).join(','));
  });
});
