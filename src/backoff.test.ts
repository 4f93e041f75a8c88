import assert from 'node:assert/strict';
import { test } from 'node:test';
import { backoffMs } from './backoff.ts';

test('backoffMs doubles the pause with each failure, up to the longest', () => {
  const pauses = [1, 2, 3, 4, 5, 6, 1000, 10_000].map((failures) =>
    backoffMs(failures, { firstMs: 500, longestMs: 8000 }),
  );
  assert.deepEqual(pauses, [500, 1000, 2000, 4000, 8000, 8000, 8000, 8000]);
});

test('backoffMs is never more than the longest pause, not even the first time', () => {
  assert.equal(backoffMs(1, { firstMs: 500, longestMs: 200 }), 200);
});
