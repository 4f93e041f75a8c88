import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile } from '#trigger';
import type { Consumer } from './consumer.ts';
import { attemptOf, ReleaseLedger } from './release-ledger.ts';

const consumer: Consumer = {
  stream: 'ORDERS',
  name: 'pricing',
  created: '2026-01-01T00:00:00Z',
  window: 10,
  maxBatch: Infinity,
  maxExpiresMs: Infinity,
  ackWaitMs: 30_000,
  extendEveryMs: 10_000,
  maxDeliver: 107,
  ackFloor: 0,
};

test('ReleaseLedger counts releases by message, also for the next that opens it, until the message is settled', async () => {
  await using state = StateFile.open(':memory:');
  const before = await ReleaseLedger.open(state, consumer);
  await before.released([1, 2]);
  await before.released([2]);
  const after = await ReleaseLedger.open(state, consumer);
  assert.deepEqual(
    [1, 2, 3].map((sequence) => after.countOf(sequence)),
    [1, 2, 0],
  );
  await after.forget(2);
  assert.equal(after.countOf(2), 0);
});

test('ReleaseLedger forgets what the durable has settled, and durables that were made anew under the same name', async () => {
  await using state = StateFile.open(':memory:');
  const other = await ReleaseLedger.open(state, { ...consumer, name: 'pricing2' });
  await other.released([1]);
  await (await ReleaseLedger.open(state, consumer)).released([1, 2]);
  const later = await ReleaseLedger.open(state, { ...consumer, ackFloor: 1 });
  assert.deepEqual([later.countOf(1), later.countOf(2)], [0, 1]);
  const anew = await ReleaseLedger.open(state, { ...consumer, created: '2026-02-01T00:00:00Z' });
  assert.equal(anew.countOf(2), 0);
  assert.equal(later.countOf(2), 0);
  assert.equal(other.countOf(1), 1);
});

test('attemptOf counts deliveries but not those that were released', () => {
  const tries = { attempts: 5, maxDeliver: 107 };
  assert.equal(attemptOf({ ...tries, deliveries: 1, released: 0 }), 1);
  assert.equal(attemptOf({ ...tries, deliveries: 4, released: 2 }), 2);
  assert.equal(attemptOf({ ...tries, deliveries: 1, released: 3 }), 1, 'never below one');
  assert.equal(attemptOf({ ...tries, deliveries: 9, released: 0 }), 9, 'crashes may go past the attempts');
});

test('attemptOf makes the last but one delivery that JetStream allows the last attempt', () => {
  const numbers = [1, 2, 3, 4].map((deliveries) => attemptOf({ deliveries, released: 0, attempts: 5, maxDeliver: 4 }));
  assert.deepEqual(numbers, [1, 2, 5, 5]);
  assert.equal(attemptOf({ deliveries: 1, released: 0, attempts: 5, maxDeliver: 1 }), 5);
  assert.equal(attemptOf({ deliveries: 50, released: 49, attempts: 5, maxDeliver: Infinity }), 1);
});
