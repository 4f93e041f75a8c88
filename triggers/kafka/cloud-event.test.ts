import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Header, headerOf } from '#trigger';
import { cloudEvent } from './cloud-event.ts';

const data = Buffer.from('{"a":1}');
const required = { specversion: '1.0', id: '17', source: '/shop', type: 'order.created' };

const binary: readonly Header[] = Object.entries(required).map(([name, value]) => [`ce_${name}`, value]);

function structured(envelope: object, ...others: Header[]): readonly [readonly Header[], Uint8Array] {
  const contentType = ['Content-Type', 'application/cloudevents+json; charset=UTF-8'] as const;
  return [[contentType, ...others], Buffer.from(JSON.stringify(envelope))];
}

test('cloudEvent reads the binary mode, whose text is as it is, and keeps headers and data as they were sent', () => {
  const headers: Header[] = [
    ...binary,
    ['ce_subject', 'Grüße 100%'],
    ['ce_time', '2026-01-02T03:04:05.000000006Z'],
    ['content-type', 'application/json'],
  ];
  assert.deepEqual(cloudEvent(headers, data), {
    id: '17',
    source: '/shop',
    subject: 'Grüße 100%',
    time: 1767323045000000006n,
    contentType: 'application/json',
    headers,
    data,
  });
});

test('cloudEvent gives the structured mode as the binary one, so that it can be passed on', () => {
  const envelope = { ...required, subject: 'ü', partitionkey: 'k', count: 3, data: { a: 1 } };
  const event = cloudEvent(...structured(envelope, ['x', 'y']));
  assert.equal(event?.subject, 'ü');
  assert.deepEqual(Buffer.from(event?.data ?? '').toString(), '{"a":1}');
  assert.deepEqual(event?.headers, [
    ['x', 'y'],
    ...binary,
    ['ce_subject', 'ü'],
    ['ce_partitionkey', 'k'],
    ['ce_count', '3'],
    ['content-type', 'application/json'],
  ]);
  assert.deepEqual(cloudEvent(event?.headers ?? [], event?.data ?? data), { ...event });
});

test('cloudEvent takes the content type of the data of a structured event, not of its envelope', () => {
  const event = cloudEvent(...structured({ ...required, datacontenttype: 'image/png', data_base64: '/wA=' }));
  assert.equal(event?.contentType, 'image/png');
  assert.equal(headerOf(event?.headers ?? [], 'content-type'), 'image/png');
  assert.equal(headerOf(event?.headers ?? [], 'ce_datacontenttype'), undefined);
  assert.deepEqual([...(event?.data ?? [])], [0xff, 0]);
});

test('cloudEvent is undefined for what claims to be one and is not', () => {
  assert.equal(cloudEvent([], data), undefined);
  assert.equal(cloudEvent(binary.slice(0, 2), data), undefined);
  assert.equal(cloudEvent([['ce_specversion', '2.0'], ...binary.slice(1)], data), undefined);
  assert.equal(cloudEvent(structured(required)[0], Buffer.from('17')), undefined);
  assert.equal(cloudEvent(structured(required)[0], new Uint8Array()), undefined);
});
