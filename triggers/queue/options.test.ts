import assert from 'node:assert/strict';
import { test } from 'node:test';
import { queueOutputOptions, queueTriggerOptions } from './options.ts';

function complaints(schema: typeof queueTriggerOptions | typeof queueOutputOptions, keys: object): string[] {
  const { error } = schema.safeParse(keys);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('a queue trigger needs no more than the name of its queue', () => {
  assert.deepEqual(queueTriggerOptions.parse({ queue: 'jobs' }), {
    queue: 'jobs',
    leaseMs: 30_000,
    order: 'key',
    keepDoneMs: 0,
  });
});

test('a queue output needs no more than the name of its queue', () => {
  assert.deepEqual(queueOutputOptions.parse({ queue: 'jobs' }), {
    queue: 'jobs',
    windowMs: 120_000,
    delayMs: 0,
    priority: 0,
  });
});

test('a queue trigger reads durations with their units', () => {
  const { leaseMs, keepDoneMs } = queueTriggerOptions.parse({ queue: 'jobs', lease: '1m30s', keep_done: '7d' });
  assert.deepEqual([leaseMs, keepDoneMs], [90_000, 604_800_000]);
});

test('queue options out of range say what is wanted and what came', () => {
  assert.deepEqual(complaints(queueTriggerOptions, { queue: 'jobs', lease: '100ms' }), [
    'lease must be at least 1s, got 100ms',
  ]);
  assert.equal(complaints(queueTriggerOptions, { queue: 'a b' }).length, 1);
  assert.equal(complaints(queueTriggerOptions, { queue: 'x'.repeat(129) }).length, 1);
  assert.equal(complaints(queueTriggerOptions, { queue: 'jobs', order: 'fifo' }).length, 1);
  assert.equal(complaints(queueOutputOptions, { queue: 'jobs', priority: 10 }).length, 1);
  assert.equal(complaints(queueOutputOptions, {}).length, 1);
});
