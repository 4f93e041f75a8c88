import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { ConsumerConfig } from '@nats-io/jetstream';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { Stage } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

await stage.jsm.streams.add({ name: 'up', subjects: ['up.>'] });

/** What a trigger with these keys leaves of the durable that exists. */
async function updated(keys: Readonly<Record<string, unknown>>): Promise<ConsumerConfig> {
  const trigger = await stage.trigger({ stream: 'up', durable: 'd', update: true, ...keys });
  await trigger[Symbol.asyncDispose]();
  return (await stage.jsm.consumers.info('up', 'd')).config;
}

function filtersIn({ filter_subject: one, filter_subjects: several }: ConsumerConfig): unknown {
  return several ?? one;
}

test('update takes a durable from one filter to many, to one, to none, and back', async () => {
  await stage.jsm.consumers.add('up', { durable_name: 'd', ack_policy: 'explicit', filter_subject: 'up.a' });
  for (const [filter, wanted] of [
    [
      ['up.a', 'up.b'],
      ['up.a', 'up.b'],
    ],
    [
      ['up.c', 'up.b', 'up.d'],
      ['up.c', 'up.b', 'up.d'],
    ],
    ['up.c', 'up.c'],
    [undefined, undefined],
    [
      ['up.a', 'up.b'],
      ['up.a', 'up.b'],
    ],
    [undefined, undefined],
    ['up.e', 'up.e'],
  ] as const) {
    assert.deepEqual(filtersIn(await updated(filter === undefined ? {} : { filter })), wanted, String(filter));
  }
});

test('update gives a limit that the manifest no longer names its default, and takes a backoff away', async () => {
  await stage.jsm.consumers.delete('up', 'd');
  await stage.jsm.consumers.add('up', {
    durable_name: 'd',
    ack_policy: 'explicit',
    max_deliver: 9,
    max_ack_pending: 7,
    backoff: [2e9, 3e9],
    metadata: { kept: 'yes' },
  });
  const limits = await updated({ ack_wait: '9s', max_deliver: 50, max_ack_pending: 60 });
  assert.deepEqual([limits.ack_wait, limits.max_deliver, limits.max_ack_pending], [9e9, 50, 60]);
  const defaults = await updated({});
  assert.deepEqual(
    [defaults.ack_wait, defaults.max_deliver, defaults.max_ack_pending, defaults.backoff ?? []],
    [30e9, 102 + 5, 1024, []],
  );
  assert.equal(defaults.metadata?.['kept'], 'yes', 'what the manifest cannot say stays');
});

test('update gives a stream what create says, and a limit that it does not name its default', async () => {
  const create = {
    subjects: ['wide.a', 'wide.b'],
    max_age: '1h',
    max_bytes: '1MiB',
    discard: 'new',
    duplicate_window: '1s',
  };
  const updatedTo = async (said: object): Promise<unknown> => {
    const trigger = await stage.trigger({ stream: 'wide', update: true, create: said });
    await trigger[Symbol.asyncDispose]();
    const { subjects, max_age, max_bytes, discard, duplicate_window, max_msgs } = (await stage.jsm.streams.info('wide'))
      .config;
    return { subjects, max_age, max_bytes, discard, duplicate_window, max_msgs };
  };
  await stage.jsm.streams.add({ name: 'wide', subjects: ['wide.>'], max_msgs: 17 });
  assert.deepEqual(await updatedTo(create), {
    subjects: ['wide.a', 'wide.b'],
    max_age: 3600e9,
    max_bytes: 2 ** 20,
    discard: 'new',
    duplicate_window: 1e9,
    max_msgs: 17,
  });
  assert.deepEqual(await updatedTo({ subjects: ['wide.c'] }), {
    subjects: ['wide.c'],
    max_age: 0,
    max_bytes: -1,
    discard: 'old',
    duplicate_window: 120e9,
    max_msgs: 17,
  });
  assert.deepEqual(await updatedTo({ subjects: ['wide.c'], max_age: '1m' }), {
    subjects: ['wide.c'],
    max_age: 60e9,
    max_bytes: -1,
    discard: 'old',
    duplicate_window: 60e9,
    max_msgs: 17,
  });
});

test('update that JetStream refuses is a coded error, and changes nothing', async () => {
  await stage.jsm.streams.add({ name: 'fixed', subjects: ['fixed'], storage: 'memory' });
  const change = { stream: 'fixed', update: true, create: { subjects: ['fixed', 'more'], storage: 'file' } };
  await assert.rejects(stage.trigger(change), { code: 'SLU3310', transient: false });
  assert.deepEqual((await stage.jsm.streams.info('fixed')).config.subjects, ['fixed']);
});
