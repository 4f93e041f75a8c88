import assert from 'node:assert/strict';
import { test } from 'node:test';
import { defaultRetryPolicy, retryDelayMs } from './retry.ts';

test('retryDelayMs doubles its bound with each attempt, up to the longest', () => {
  const bounds = [1, 2, 3, 8, 9, 60, 1000].map((attempt) => retryDelayMs(defaultRetryPolicy, attempt, () => 1));
  assert.deepEqual(bounds, [200, 400, 800, 25_600, 30_000, 30_000, 30_000]);
});

test('retryDelayMs spreads over the whole range below its bound', () => {
  assert.equal(
    retryDelayMs(defaultRetryPolicy, 3, () => 0),
    0,
  );
  assert.equal(
    retryDelayMs(defaultRetryPolicy, 3, () => 0.25),
    200,
  );
});
