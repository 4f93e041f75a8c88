import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { TriggerEvent } from '#trigger';
import { NatsServer } from '../brokers/nats.ts';
import { forFile } from '../for-file.ts';
import { rawHeaders } from './raw-headers.ts';
import { accept, Stage, take } from './stage.ts';

const server = await forFile(NatsServer.start());
const stage = await forFile(Stage.set(server.address));

const forever = new AbortController().signal;
const data = '{"orderId":9007199254740993,"price":1.10,"id64":1524831183200260097}';
const envelope = `{"specversion":"1.0","id":"1","source":"/s","type":"t","data":${data}}`;

function identityOf({ id, source, contentType, data: bytes }: TriggerEvent): readonly unknown[] {
  return [id, source, contentType, Buffer.from(bytes).toString()];
}

test('a structured CloudEvent arrives with its data byte for byte, and replayed or forwarded it is the same event', async () => {
  await stage.jsm.streams.add({ name: 'cloud', subjects: ['cloud.*'] });
  await stage.jsm.streams.add({ name: 'cloud-out', subjects: ['forwarded'] });
  const headers = rawHeaders([['content-type', 'application/cloudevents+json']]);
  await stage.nc.request('cloud.in', envelope, { timeout: 5000, headers });
  const trigger = await stage.trigger({ stream: 'cloud' });
  const [first] = await take(trigger, 1);
  assert.ok(first);
  const same = ['1', '/s', 'application/json', data];
  assert.deepEqual(identityOf(first.event), same);
  await accept(trigger, first);

  const { place = '' } = first;
  await (
    await stage.source({ stream: 'cloud' })
  ).publish([{ ...first.event, id: 'replay/1', subject: place }], forever);
  const [replayed] = await take(trigger, 1);
  assert.deepEqual(replayed && identityOf(replayed.event), same);
  assert.notEqual(replayed?.position, first.position);

  const { headers: passedOn, data: bytes } = first.event;
  await (await stage.publisher({ subject: 'forwarded' })).publish([{ headers: passedOn, data: bytes }], forever);
  const [forwarded] = await take(await stage.trigger({ stream: 'cloud-out' }), 1);
  assert.deepEqual(forwarded && identityOf(forwarded.event), same);
});
