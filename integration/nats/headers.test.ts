import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleOne } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { RawSocket } from './raw-socket.ts';
import { Stage, take, textOf } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

const forever = new AbortController().signal;
const noUtf8 = Buffer.from([0x6f, 0x64, 0x64, 0x2e, 0xff, 0xfe, 0x80]); // odd.…
const block = Buffer.from(
  'NATS/1.0\r\nX-Trace: a\r\nx-trace:b\r\nX-Trace: \r\nnot valid: 4\r\nodd: \xff\r\nlone\r\n\r\n',
  'latin1',
);
const headers = [
  ['X-Trace', 'a'],
  ['x-trace', 'b'],
  ['X-Trace', ''],
  ['not valid', '4'],
  ['odd', '\ufffd'],
  ['lone', ''],
];

test('a message whose subject is not UTF-8 keeps its headers and its data, and is not put back elsewhere', async () => {
  await stage.jsm.streams.add({ name: 'odd', subjects: ['odd.>'] });
  const [stream, core] = [await stage.trigger({ stream: 'odd' }), await stage.trigger({ subject: 'odd.*' })];
  using socket = await RawSocket.open(server.port);
  await socket.publish(noUtf8, block, Buffer.from('data'));
  for (const trigger of [stream, core]) {
    const [delivery] = await take(trigger, 1);
    assert.ok(delivery);
    assert.equal(textOf(delivery), 'data');
    assert.deepEqual(delivery.event.headers, headers);
    await settleOne(trigger, delivery, { kind: 'accept' });
    const back = { ...delivery.event, subject: delivery.place ?? '' };
    await assert.rejects((await stage.source({ stream: 'odd' })).publish([back], forever), /SLU3308|not UTF-8/);
  }
});

test('a message whose header block begins like one of the server is an event all the same', async () => {
  await stage.jsm.streams.add({ name: 'status', subjects: ['status'] });
  const trigger = await stage.trigger({ stream: 'status' });
  using socket = await RawSocket.open(server.port);
  const lines = [
    'NATS/1.0 503',
    'NATS/1.0 100 Idle Heartbeat',
    'NATS/1.0 409 Consumer Deleted',
    'NATS/1.0 404',
    'NATS/1.0\nx',
  ];
  for (const line of lines) {
    await socket.publish(Buffer.from('status'), Buffer.from(`${line}\r\na: b\r\n\r\n`), Buffer.from(line));
  }
  const taken = await take(trigger, lines.length);
  assert.deepEqual(taken.map(textOf), lines);
  for (const { event } of taken) assert.deepEqual(event.headers, [['a', 'b']]);
});
