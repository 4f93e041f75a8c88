import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Header, headerOf } from '#trigger';
import { cloudEvent } from './cloud-event.ts';

const data = Buffer.from('{"a":1}');

const binary: readonly Header[] = [
  ['CE-SpecVersion', '1.0'],
  ['ce-id', '17'],
  ['ce-source', '/shop'],
  ['ce-type', 'order.created'],
];

function structured(envelope: object): readonly [readonly Header[], Uint8Array] {
  return [[['Content-Type', 'application/cloudevents+json; charset=utf-8']], Buffer.from(JSON.stringify(envelope))];
}

const required = { specversion: '1.0', id: '17', source: '/shop', type: 'order.created' };

test('cloudEvent reads the binary mode, percent-decoded, and keeps headers and data as they were sent', () => {
  const headers: Header[] = [...binary, ['ce-subject', 'Gr%C3%BC%C3%9Fe 100%'], ['Content-Type', 'application/json']];
  assert.deepEqual(
    cloudEvent([...binary, ['ce-subject', 'Gr%C3%BC%C3%9Fe'], ['ce-datacontenttype', 'text/plain']], data),
    {
      id: '17',
      source: '/shop',
      subject: 'Grüße',
      contentType: 'text/plain',
      headers: [...binary, ['ce-subject', 'Gr%C3%BC%C3%9Fe'], ['ce-datacontenttype', 'text/plain']],
      data,
    },
  );
  assert.equal(
    cloudEvent(headers, data)?.subject,
    'Gr%C3%BC%C3%9Fe 100%',
    'what is not percent-encoding stands for itself',
  );
  assert.equal(cloudEvent(headers, data)?.contentType, 'application/json');
});

test('cloudEvent reads the structured mode, with JSON, text and bytes as data', () => {
  const dataOf = (more: object): string | undefined => {
    const event = cloudEvent(...structured({ ...required, ...more }));
    return event && Buffer.from(event.data).toString();
  };
  assert.equal(dataOf({ data: { a: 1 } }), '{"a":1}');
  assert.equal(dataOf({ data: 'text' }), '"text"', 'the default content type is JSON');
  assert.equal(dataOf({ data: 'text', datacontenttype: 'text/plain' }), 'text');
  assert.equal(dataOf({ data_base64: '/wA=' }), Buffer.from([0xff, 0]).toString());
  assert.equal(dataOf({}), '');
});

test('cloudEvent gives the attributes of the structured mode as headers too, as the binary mode has them', () => {
  const event = cloudEvent(...structured({ ...required, subject: 'a "b" ü', count: 3, data: {} }));
  assert.equal(event?.subject, 'a "b" ü');
  assert.equal(headerOf(event?.headers ?? [], 'ce-subject'), 'a%20%22b%22%20%C3%BC');
  assert.equal(headerOf(event?.headers ?? [], 'ce-count'), '3');
  assert.equal(headerOf(event?.headers ?? [], 'ce-type'), 'order.created');
  assert.equal(headerOf(event?.headers ?? [], 'ce-data'), undefined);
});

test('cloudEvent reads times to the nanosecond, in any zone, and leaves out what is none', () => {
  const timeOf = (time: string): bigint | undefined => cloudEvent([...binary, ['ce-time', time]], data)?.time;
  assert.equal(timeOf('2026-01-02T03:04:05.000000006Z'), 1767323045000000006n);
  assert.equal(timeOf('2026-01-02T04:04:05.5+01:00'), 1767323045500000000n);
  assert.equal(timeOf('2026-01-02T03:04:05Z'), 1767323045000000000n);
  assert.equal(timeOf('yesterday'), undefined);
  assert.equal(timeOf('1901-01-01T00:00:00Z'), undefined);
});

test('cloudEvent is undefined for what claims to be one and is not', () => {
  assert.equal(cloudEvent([], data), undefined);
  assert.equal(
    cloudEvent(
      binary.filter(([name]) => name !== 'ce-id'),
      data,
    ),
    undefined,
  );
  assert.equal(cloudEvent([['ce-specversion', '2.0'], ...binary.slice(1)], data), undefined);
  assert.equal(cloudEvent(structured(required)[0], Buffer.from('{"specversion"')), undefined);
  assert.equal(cloudEvent(structured(required)[0], Buffer.from('17')), undefined);
  assert.equal(cloudEvent(structured(required)[0], Buffer.from([0xff, 0xfe])), undefined);
});
