import assert from 'node:assert/strict';
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, test } from 'node:test';
import { StateFile } from '../state/state-file.ts';
import { DeadLetterStore } from './dead-letter-store.ts';
import { type DeadLetter, deadLetterMessage } from './dead-letters.ts';

let folder: string;
let state: StateFile;
let store: DeadLetterStore;

beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'sluice-dead-'));
  state = StateFile.open(join(folder, 'state.db'));
  store = new DeadLetterStore(state, () => 1_700_000_000_000);
});

afterEach(async () => {
  await state[Symbol.asyncDispose]();
  rmSync(folder, { recursive: true });
});

function letter(overrides: Partial<DeadLetter> = {}): DeadLetter {
  return {
    trigger: 'orders',
    component: 'enrich',
    event: {
      id: 'e1',
      source: 'queue:orders',
      subject: 'orders',
      time: 1_699_999_999_123_456_789n,
      key: new Uint8Array([0, 255]),
      contentType: 'application/json',
      headers: [
        ['X-Trace', 'a'],
        ['x-trace', 'b'],
      ],
      data: new Uint8Array([1, 2, 3]),
    },
    attempt: 5,
    outcome: 'failed',
    reason: 'no stock',
    traceId: '0af7651916cd43dd8448eb211c80319c',
    ...overrides,
  };
}

test('DeadLetterStore keeps the event whole, with its error, attempt and trace', async () => {
  await store.put(letter());
  assert.deepEqual(store.list(10), [{ number: 1, deadAt: 1_700_000_000_000, ...letter() }]);
  assert.deepEqual(store.get(1)?.event, letter().event);
});

test('DeadLetterStore keeps an event without key, content type, headers and data', async () => {
  const event = { id: 'e2', source: 's', subject: '', time: 0n, headers: [], data: new Uint8Array() };
  await store.put(letter({ event, traceId: undefined }));
  assert.deepEqual(store.get(1)?.event, event);
  assert.equal(store.get(1)?.traceId, undefined);
});

test('DeadLetterStore stores a letter that is put again after a crash once, with the newer account', async () => {
  await store.put(letter({ attempt: 5 }));
  await store.put(letter({ attempt: 6, reason: 'still no stock' }));
  assert.equal(store.count(), 1);
  assert.equal(store.get(1)?.reason, 'still no stock');
  assert.equal(store.get(1)?.attempt, 6);
});

test('DeadLetterStore lists newest first and by trigger, and removes what it is told to', async () => {
  await store.put(letter());
  await store.put(letter({ trigger: 'bills' }));
  assert.deepEqual(
    store.list(10).map(({ trigger }) => trigger),
    ['bills', 'orders'],
  );
  assert.equal(store.list(10, 'orders').length, 1);
  assert.equal(await store.remove([1, 99]), 1);
  assert.equal(store.count('orders'), 0);
  assert.equal(store.count(), 1);
});

test('deadLetterMessage adds headers that any broker takes, and leaves the event as it was', () => {
  const message = deadLetterMessage(letter({ reason: `bad\r\nInjected: yes ${'é'.repeat(2000)}` }));
  assert.equal(message.id, 'orders/queue:orders/e1/1699999999123456789/dead');
  assert.deepEqual(message.headers.slice(0, 2), letter().event.headers);
  const reason = message.headers.find(([name]) => name === 'sluice-dead-reason')?.[1];
  assert.equal(reason, 'bad Injected: yes  ');
  assert.deepEqual(message.data, letter().event.data);
});
