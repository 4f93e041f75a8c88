import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cloudEvent, type Header, headerOf } from '#trigger';
import { natsBinding } from './message-event.ts';

const data = Buffer.from('{"a":1}');
const binary: readonly Header[] = [
  ['CE-SpecVersion', '1.0'],
  ['ce-id', '17'],
  ['ce-source', '/shop'],
  ['ce-type', 'order.created'],
];

test('natsBinding reads attributes percent-decoded; what is not percent-encoding stands for itself', () => {
  const subjectOf = (sent: string): string | undefined =>
    cloudEvent([...binary, ['ce-subject', sent]], data, natsBinding)?.subject;
  assert.equal(subjectOf('Gr%C3%BC%C3%9Fe'), 'Grüße');
  assert.equal(subjectOf('Gr%C3%BC%C3%9Fe 100%'), 'Gr%C3%BC%C3%9Fe 100%');
});

test('natsBinding writes attributes of the structured mode percent-encoded', () => {
  const envelope = { specversion: '1.0', id: '17', source: '/shop', type: 't', subject: 'a "b" ü', data: {} };
  const type: Header = ['Content-Type', 'application/cloudevents+json'];
  const event = cloudEvent([type], Buffer.from(JSON.stringify(envelope)), natsBinding);
  assert.equal(event?.subject, 'a "b" ü');
  assert.equal(headerOf(event?.headers ?? [], 'ce-subject'), 'a%20%22b%22%20%C3%BC');
  assert.deepEqual(cloudEvent(event?.headers ?? [], event?.data ?? data, natsBinding), event);
});
