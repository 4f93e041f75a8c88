import assert from 'node:assert/strict';
import { test } from 'node:test';
import { headerOf } from '#trigger';
import { headersFor, recordEvent, topicsOf } from './record-event.ts';
import type { KafkaRecord } from './wire/kafka-record.ts';

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

test('recordEvent gives a CloudEvent its own name, and tells its place in its first header', () => {
  const attributes = { specversion: '1.0', id: 'a', source: '/shop', subject: 'order 17', type: 't' };
  const headers = Object.entries(attributes).map(([name, value]) => [`ce_${name}`, Buffer.from(value)] as const);
  const event = recordEvent(recordOf({ headers }), place);
  assert.deepEqual([event.id, event.source, event.subject], ['a', '/shop', 'order 17']);
  assert.equal(event.time, 1_700_000_000_123_000_000n, 'the broker knows a time where the event has none');
  assert.deepEqual(event.headers[0], ['sluice-record', 'orders/3/17/1700000000123']);
  assert.equal(headerOf(event.headers, 'ce_type'), 't');
});

test('an event goes back to its topic without its place, and elsewhere with it', () => {
  const headers = [
    ['sluice-record', 'orders/3/17/0'],
    ['a', 'b'],
  ] as const;
  assert.deepEqual(topicsOf({ subject: 'order 17', headers }), ['orders', 'order 17']);
  assert.deepEqual(topicsOf({ subject: 'orders', headers: [] }), ['orders']);
  assert.deepEqual(topicsOf({ headers: headers.toReversed() }), []);
  assert.deepEqual(headersFor('orders', headers), [['a', 'b']]);
  assert.deepEqual(headersFor('orders-dead', headers), headers);
});
