import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Header, TriggerEvent } from '../../event.ts';
import { EventBatch, EventBatchWriter } from './event-batch.ts';

const plain: TriggerEvent = {
  id: '1',
  source: 'queue:jobs',
  subject: 'jobs',
  time: 1_700_000_000_000_000_000n,
  headers: [],
  data: Buffer.from('data'),
};

interface Sent {
  readonly event: TriggerEvent;
  readonly attempt?: number;
  readonly extraHeaders?: readonly Header[];
}

/** What a thread gets of these calls, numbered from 1. */
function received(calls: readonly Sent[], buffer = new ArrayBuffer(0)): EventBatch {
  const writer = new EventBatchWriter(buffer, calls.length);
  for (const [n, { event, attempt = 1, extraHeaders = [] }] of calls.entries()) {
    writer.add({ event, attempt, extraHeaders }, { number: n + 1, timeoutMs: 1000 + n, alone: n % 2 === 1 });
  }
  return new EventBatch(structuredClone(writer.finish(0)));
}

/** Options that are absent are present as `undefined` in a thread. */
function asReceived({ event, attempt = 1, extraHeaders = [] }: Sent): object {
  const bytes = (value: Uint8Array): Uint8Array => Uint8Array.from(value);
  return {
    ...event,
    key: event.key === undefined ? undefined : bytes(event.key),
    contentType: event.contentType,
    headers: [...event.headers, ...extraHeaders],
    data: bytes(event.data),
    attempt,
  };
}

function assertRoundTrip(calls: readonly Sent[]): void {
  const batch = received(calls);
  assert.equal(batch.count, calls.length);
  for (const [n, call] of calls.entries()) assert.deepEqual(batch.event(n), asReceived(call));
}

const awkward: Readonly<Record<string, Partial<TriggerEvent>>> = {
  'empty strings and no data': { id: '', source: '', subject: '', data: new Uint8Array() },
  'text of every length of UTF-8': { id: 'a\u0000é\u20ac\u{1f600}', subject: 'ß'.repeat(5000) },
  'the first and the last time': { time: 2n ** 64n - 1n },
  'time zero': { time: 0n },
  'an empty key and an empty content type': { key: new Uint8Array(), contentType: '' },
  'a key of all bytes': { key: Uint8Array.from({ length: 256 }, (_, n) => n) },
  'headers that repeat, are empty, or long': {
    headers: [
      ['A', '1'],
      ['A', '2'],
      ['', ''],
      ['x'.repeat(300), '\u{1f600}'.repeat(300)],
    ],
  },
  'data that is a piece of a larger buffer': { data: new Uint8Array(Uint8Array.from([9, 1, 2, 3, 9]).buffer, 1, 3) },
  '8 MiB of data': { data: new Uint8Array(8 * 2 ** 20).fill(7) },
};
for (const [what, fields] of Object.entries(awkward)) {
  test(`EventBatch carries ${what}`, () => {
    assertRoundTrip([{ event: { ...plain, ...fields } }]);
  });
}

test('EventBatch carries a lone surrogate as U+FFFD', () => {
  assert.equal(received([{ event: { ...plain, id: 'a\ud800b' } }]).event(0).id, 'a\ufffdb');
});

test('EventBatch carries attempts, and extra headers behind those of the event', () => {
  const headers: readonly Header[] = [['a', '1']];
  assertRoundTrip([{ event: { ...plain, headers }, attempt: 2 ** 32 - 1, extraHeaders: [['traceparent', '00-1']] }]);
});

test('EventBatch keeps neighbours apart, whatever texts they share', () => {
  const events = ['', 'a', 'a', '', 'b', 'b', 'a'].map((text) => ({
    event: { ...plain, id: '', source: text, subject: text, contentType: text, data: new Uint8Array() },
  }));
  assertRoundTrip(events);
});

test('EventBatch carries 256 events of any size in a buffer that was used before', () => {
  const calls = Array.from({ length: 256 }, (_, n) => ({
    event: { ...plain, id: `${n}`, data: new Uint8Array(n * 37).fill(n) },
  }));
  const dirty = new Uint8Array(100_000).fill(0xff);
  const batch = received(calls, dirty.buffer);
  for (const [n, call] of calls.entries()) assert.deepEqual(batch.event(n), asReceived(call));
});

test('EventBatch tells number, timeout, and who must be alone', () => {
  const batch = received([{ event: plain }, { event: plain }]);
  assert.deepEqual([batch.number(0), batch.timeoutMs(0), batch.alone(0)], [1, 1000, false]);
  assert.deepEqual([batch.number(1), batch.timeoutMs(1), batch.alone(1)], [2, 1001, true]);
});

test('EventBatchWriter refuses an event that is too large, and goes on without it', () => {
  const writer = new EventBatchWriter(new ArrayBuffer(64), 2);
  const head = { number: 1, timeoutMs: 1, alone: false };
  const call = { event: plain, attempt: 1, extraHeaders: [] };
  // Never touched, so that it takes no memory.
  const huge = { ...plain, data: new Uint8Array(2 ** 30) };
  assert.throws(() => writer.add({ ...call, event: huge }, head), RangeError);
  writer.add(call, head);
  const batch = new EventBatch(writer.finish(0));
  assert.equal(batch.count, 1);
  assert.deepEqual(batch.event(0), asReceived(call));
});
