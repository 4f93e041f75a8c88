import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '#trigger';
import { outgoing } from '../publish/outgoing.ts';
import { recordEvent } from './record-event.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';

const place = { topic: 'orders', partition: 3 };

function recordOf(about: Partial<KafkaRecord> = {}): KafkaRecord {
  return { offset: 17, timestamp: 1_700_000_000_123, key: null, value: Buffer.from('x'), headers: [], ...about };
}

test('recordEvent names a record by its place and time, and takes over what it is', () => {
  const headers = [['content-type', Buffer.from('text/plain')]] as const;
  const key = Buffer.from('k');
  assert.deepEqual(recordEvent(recordOf({ key, headers }), place), {
    id: 'orders/3/17/1700000000123',
    source: 'kafka:orders',
    subject: 'orders',
    time: 1_700_000_000_123_000_000n,
    key,
    contentType: 'text/plain',
    headers: [['content-type', 'text/plain']],
    data: Buffer.from('x'),
  });
});

test('recordEvent takes no key for none, an empty one for one, and a missing time for the beginning', () => {
  assert.equal('key' in recordEvent(recordOf(), place), false);
  assert.equal(recordEvent(recordOf({ key: Buffer.alloc(0) }), place).key?.byteLength, 0);
  assert.equal(recordEvent(recordOf({ timestamp: -1 }), place).time, 0n);
  assert.equal(recordEvent(recordOf({ timestamp: -1 }), place).id, 'orders/3/17/0');
});

test('recordEvent flags a tombstone, and nothing else that is empty', () => {
  const tombstone = recordEvent(recordOf({ value: null }), place);
  assert.deepEqual([tombstone.data.byteLength, tombstone.headers], [0, [['sluice-tombstone', 'true']]]);
  assert.deepEqual(recordEvent(recordOf({ value: Buffer.alloc(0) }), place).headers, []);
});

test('recordEvent gives a CloudEvent its own name, and its headers as they were sent', () => {
  const attributes = { specversion: '1.0', id: 'a', source: '/shop', subject: 'order 17', type: 't' };
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)] as const);
  const event = recordEvent(recordOf({ headers }), place);
  assert.deepEqual([event.id, event.source, event.subject], ['a', '/shop', 'order 17']);
  assert.equal(event.time, 1_700_000_000_123_000_000n, 'the broker knows a time where the event has none');
  assert.deepEqual(event.headers[0], ['ce_specversion', '1.0']);
  assert.equal(headerOf(event.headers, 'ce_type'), 't');
});

test('recordEvent hands over the data of a structured CloudEvent byte for byte, with the content type of the data', () => {
  const data = '{ "orderId":9007199254740993, "price":1.10, "b":1, "a":2, "b":3 }';
  const envelope = `{"specversion":"1.0","id":"a","source":"/shop","type":"t","data":${data}}`;
  const headers = [['content-type', Buffer.from('application/cloudevents+json; charset=utf-8')]] as const;
  const event = recordEvent(recordOf({ value: Buffer.from(envelope), headers }), place);
  assert.equal(Buffer.from(event.data).toString(), data);
  assert.deepEqual([event.id, event.source, event.contentType], ['a', '/shop', 'application/json']);
  assert.deepEqual(event.headers.at(-1), ['content-type', 'application/json']);
});

test('recordEvent reads attributes that look like bytes as the text that they are, and bytes as none', () => {
  const odd = 'data:application/octet-stream;base64,';
  const attributes = { specversion: '1.0', id: odd, source: '/shop', type: 't' };
  const binary = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)] as const);
  assert.equal(recordEvent(recordOf({ headers: binary }), place).id, odd);
  const headers = [['content-type', Buffer.from('application/cloudevents+json')]] as const;
  const structured = recordEvent(recordOf({ headers, value: Buffer.from(JSON.stringify(attributes)) }), place);
  assert.equal(structured.id, odd);
  const back = outgoing({ headers: structured.headers, data: structured.data }, 'orders');
  assert.deepEqual(back.headers.find(([name]) => name === 'ce_id')?.[1], Buffer.from(odd));
  const bytes = binary.map(([name, value]) => [name, name === 'ce_id' ? Buffer.from([0xff]) : value] as const);
  assert.equal(recordEvent(recordOf({ headers: bytes }), place).id, 'orders/3/17/1700000000123');
});

test('what a sender writes makes no tombstone of a record, and none of a tombstone a record', () => {
  for (const value of [null, Buffer.alloc(0), Buffer.from('x')]) {
    for (const sent of [[], ['true'], ['false'], ['true', 'false']]) {
      const headers = sent.map((text) => ['Sluice-Tombstone', Buffer.from(text)] as const);
      const event = recordEvent(recordOf({ value, headers }), place);
      assert.equal(headerOf(event.headers, 'sluice-tombstone') === 'true', value === null);
      const back = outgoing({ headers: event.headers, data: event.data }, 'orders');
      assert.deepEqual([back.value && Buffer.from(back.value), back.headers], [value, headers]);
    }
  }
});

test('recordEvent bounds times that no clock has', () => {
  for (const timestamp of [2 ** 62, 2 ** 63, Number.MAX_SAFE_INTEGER]) {
    const { time, id } = recordEvent(recordOf({ timestamp }), place);
    assert.ok(time < 2n ** 63n && time > 9n * 10n ** 18n);
    assert.match(id, /^orders\/3\/17\/\d+$/);
  }
  for (const timestamp of [-1, -(2 ** 63)]) assert.equal(recordEvent(recordOf({ timestamp }), place).time, 0n);
});
