import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header, Message } from '#trigger';
import { outgoing } from './outgoing.ts';
import { recordEvent } from '../records/record-event.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';

function sent(about: Partial<Message>): ReturnType<typeof outgoing> {
  return outgoing({ headers: [], data: new Uint8Array(), ...about }, 't');
}

function names(headers: readonly Header[] | ReturnType<typeof outgoing>['headers']): string[] {
  return headers.map(([name]) => name);
}

test('outgoing needs a topic that Kafka could have', () => {
  const message = { headers: [], data: new Uint8Array() };
  for (const topic of [undefined, '', 'a b', 'a/b']) assert.throws(() => outgoing(message, topic), { code: 'SLU3411' });
});

test('outgoing sends a tombstone for the flag without data, and data for the flag with it', () => {
  const headers = [['sluice-tombstone', 'true']] as const;
  assert.deepEqual([sent({ headers }).value, sent({ headers }).headers], [null, []]);
  const data = Buffer.from('x');
  assert.deepEqual([sent({ headers, data }).value, sent({ headers, data }).headers], [data, []]);
  assert.equal(sent({}).value?.byteLength, 0);
});

test('outgoing takes the key of the message, else that of a CloudEvent, else none', () => {
  const headers = [['ce_partitionkey', 'k']] as const;
  assert.equal(Buffer.from(sent({ headers }).key ?? '').toString(), 'k');
  assert.equal(sent({ headers, key: new Uint8Array() }).key?.byteLength, 0);
  assert.equal(sent({}).key, null);
});

test('outgoing adds the content type unless the headers have one', () => {
  assert.deepEqual(names(sent({ contentType: 'a/b' }).headers), ['content-type']);
  assert.deepEqual(names(sent({ contentType: 'a/b', headers: [['Content-Type', 'c/d']] }).headers), ['Content-Type']);
});

test('outgoing never takes a record for smaller than it is', () => {
  const headers: Header[] = [
    ['ä', 'ö'.repeat(100)],
    ['', ''],
  ];
  const { bytes } = sent({ key: Buffer.from('key'), data: new Uint8Array(1000), headers });
  assert.ok(bytes >= 1000 + 3 + 2 + 200 + 21, 'with lengths, of at most 5 bytes each, and times and offsets of 10');
  assert.ok(bytes < 1300);
});

test('outgoing makes the record again that an event was made of', () => {
  const about: Pick<KafkaRecord, 'offset' | 'timestamp' | 'headers'> = {
    offset: 3,
    timestamp: 5,
    headers: [
      ['a', null],
      ['b', Buffer.from([0xff])],
      ['a', Buffer.from('ü')],
      ['content-type', Buffer.from('text/plain')],
    ],
  };
  for (const [key, value] of [
    [null, Buffer.from('x')],
    [Buffer.from([0xff]), null],
    [Buffer.alloc(0), Buffer.alloc(0)],
  ] as const) {
    const event = recordEvent({ ...about, key, value }, { topic: 't', partition: 0 });
    const again = outgoing(event, 't');
    assert.deepEqual([again.key, again.value, again.headers], [key, value, about.headers]);
  }
});
