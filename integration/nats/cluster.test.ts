import assert from 'node:assert/strict';
import { randomUUID } from 'node:crypto';
import { test } from 'node:test';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ConsumerInfo, StreamInfo } from '@nats-io/jetstream';
import { StateFile, systemClock, settleOne } from '#trigger';
import { openCron, slotOf } from '../../triggers/cron/testing/cron-rig.ts';
import { NatsCluster } from '../brokers/nats-cluster.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { rawHeaders } from './raw-headers.ts';
import { acceptAll } from './schedule-rig.ts';
import { accept, Stage, take, textOf, until } from './stage.ts';

/** Elections take seconds. */
const PATIENCE_MS = 60_000;
const KILLS = process.env['SLUICE_LONG'] === undefined ? 1 : 10;

const cluster = await forFile(NatsCluster.start());
const stage = await forFile(Stage.set(...cluster.addresses));

/** Does it again until it works: a cluster without a leader answers nothing. */
async function insist<T>(step: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(20)) {
    try {
      return await step();
    } catch (thrown) {
      if (performance.now() > end) throw thrown;
    }
  }
}

/** The server that leads what is looked at, as soon as one does. */
function leaderOf(look: () => Promise<StreamInfo | ConsumerInfo>): Promise<NatsServer> {
  return insist(async () => cluster.server((await look()).cluster?.leader ?? ''));
}

async function replicated(name: string): Promise<void> {
  await insist(() => stage.jsm.streams.add({ name, subjects: [`${name}.>`], num_replicas: 3 }));
}

/** Once, however often it has to be sent: the answer may die with its server. */
async function store(subject: string, text: string): Promise<void> {
  const headers = rawHeaders([['Nats-Msg-Id', randomUUID()]]);
  await insist(() => stage.nc.request(subject, text, { timeout: 1000, headers }));
}

test('a JetStream trigger loses nothing when the leaders of its durable and its stream are killed', async () => {
  await replicated('led');
  const trigger = await stage.trigger({ stream: 'led', durable: 'd', ack_wait: '3s', window: 20 });
  const texts = Array.from({ length: 300 }, (_, n) => String(n));
  const storing = (async () => {
    for (const text of texts) await store('led.a', text);
  })();
  const leaders = [() => stage.jsm.consumers.info('led', 'd'), () => stage.jsm.streams.info('led')];
  const missing = new Set(texts);
  for (let killed = 0; missing.size > 0;) {
    for (const delivery of await take(trigger, 1, PATIENCE_MS)) {
      // An acknowledgement may die with its leader: then the message comes again.
      await settleOne(trigger, delivery, { kind: 'accept' }).then(
        () => missing.delete(textOf(delivery)),
        () => {},
      );
    }
    const look = leaders[killed];
    if (look === undefined || texts.length - missing.size < (killed + 1) * 100) continue;
    const leader = await leaderOf(look);
    await leader.kill();
    killed += 1;
    await store('led.a', 'the others have a leader');
    await leader.restart();
  }
  await storing;
});

test('a JetStream trigger moves to another server of the cluster when its own is stopped', async () => {
  await replicated('moving');
  const trigger = await insist(() => stage.trigger({ stream: 'moving', ack_wait: '3s' }));
  for (const name of ['one', 'two', 'three']) {
    await cluster.server(name).stop();
    await store('moving.a', name);
    // An acknowledgement that was on its way to the stopped server may be lost: then its message comes once more, before this one.
    for (let text = ''; text !== name;) {
      const [delivery] = await take(trigger, 1, PATIENCE_MS);
      text = textOf(delivery);
      assert.ok(text === name || delivery.attempt > 1, `${text} came as new`);
      await accept(trigger, delivery);
    }
    await cluster.server(name).restart();
    await insist(async () => {
      const { cluster: peers } = await stage.jsm.streams.info('moving');
      assert.equal(
        peers?.replicas?.every(({ current }) => current),
        true,
      );
    });
  }
});

test('replicas that share a bucket run each slot of a schedule once while the leader of the bucket is killed', async () => {
  await insist(() => stage.bucket({ bucket: 'slots', create: { replicas: 3 } }));
  await using stack = new AsyncDisposableStack();
  const stop = new AbortController();
  const slots: string[] = [];
  const running: Promise<void>[] = [];
  for (let replica = 0; replica < 3; replica += 1) {
    const state = stack.use(StateFile.open(':memory:'));
    const store = await stage.bucket({ bucket: 'slots' });
    const trigger = stack.use(await openCron({ every: '1s', overlap: 'allow' }, { state, store, clock: systemClock }));
    running.push(acceptAll(trigger, stop.signal, (delivery) => slots.push(slotOf(delivery))));
  }
  for (let killed = 0; killed < KILLS; killed += 1) {
    const soFar = slots.length;
    await until(() => slots.length > soFar + 2, PATIENCE_MS);
    const leader = await leaderOf(() => stage.jsm.streams.info('KV_slots'));
    await leader.kill();
    await until(() => slots.length > soFar + 4, PATIENCE_MS);
    await leader.restart();
  }
  stop.abort();
  await Promise.all(running);
  assert.equal(new Set(slots).size, slots.length);
});
