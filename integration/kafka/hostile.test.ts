import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { OutgoingRecord } from '../../triggers/kafka/client/kafka-client.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { forFile } from '../for-file.ts';
import { buildGuest } from '../guests/build-guest.ts';
import { RunningApp } from '../semantics/running-app.ts';
import { until } from '../until.ts';
import { groupTrigger } from './group-trigger.ts';
import { SESSION_MS, Stage } from './stage.ts';

await buildGuest('accepts'); // compiling holds up the process, and with it what is running already
const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

const MIB = 2 ** 20;

test('records of a hostile sender are events like any other, and hold up nobody', async () => {
  // A topic may let in any time, and does by default in older brokers.
  const anyTime = String(2n ** 63n - 1n);
  const topic = await server.freshTopic({
    config: {
      'max.message.bytes': String(4 * MIB),
      'message.timestamp.before.max.ms': anyTime,
      'message.timestamp.after.max.ms': anyTime,
    },
  });
  const record = (about: Partial<OutgoingRecord>): OutgoingRecord => ({
    topic,
    partition: 0,
    key: null,
    value: Buffer.from('x'),
    headers: [],
    ...about,
  });
  const hostile: OutgoingRecord[] = [
    record({ key: Buffer.alloc(MIB, 'k') }),
    record({ key: Buffer.alloc(0), value: null }),
    record({ value: Buffer.alloc(0) }),
    record({
      headers: [
        ['bad', Uint8Array.of(0xff, 0xfe)],
        ['', null],
        ['bad', Buffer.alloc(0)],
        ['\0\r\n\u2028', Buffer.from('\0\r\n')],
      ],
    }),
    record({
      headers: [
        ['ce_specversion', Buffer.from('1.0')],
        ['ce_id', Uint8Array.of(0xff)],
        ['ce_source', null],
      ],
    }),
    record({
      headers: [['content-type', Buffer.from('application/cloudevents+json')]],
      value: Buffer.from('{"id":'.repeat(10_000)),
    }),
    record({ headers: Array.from({ length: 10_000 }, (_, n) => [`h${n % 3}`, null] as const) }),
    record({
      headers: [
        ['traceparent', Buffer.from('00-zz')],
        ['sluice-dead-attempt', Buffer.from('-1')],
      ],
    }),
    record({ timestamp: 2 ** 52 }),
    record({ timestamp: 0 }),
  ];
  for (const each of hostile) await stage.peer.write([each]);
  await stage.store(topic, ['last']);
  const toml = `${groupTrigger(server.bootstrap, topic)}
    component = "accepts"
    session_timeout = "${SESSION_MS}ms"
    heartbeat = "200ms"
    commit_every = "20ms"`;
  await using app = await RunningApp.open({ guests: ['accepts'], toml });
  await until(async () => (await stage.committed(topic)) === hostile.length + 1);
  const { state, accepted } = await app.status();
  assert.deepEqual([state, accepted], ['running', hostile.length + 1]);
  assert.deepEqual(app.letters, []);
});
