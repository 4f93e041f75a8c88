import assert from 'node:assert/strict';
import { test } from 'node:test';
import { attemptOf } from './attempts.ts';

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
