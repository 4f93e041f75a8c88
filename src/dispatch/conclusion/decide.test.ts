import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../../outcome.ts';
import { type Attempt, decide, defaultRetryPolicy, retryDelayMs } from './decide.ts';

const attempt = (overrides: Partial<Attempt> = {}): Attempt => ({
  number: 1,
  ageMs: 0,
  policy: defaultRetryPolicy,
  random: () => 0.5,
  ...overrides,
});
const charged: Outcome[] = [
  { kind: 'failed', reason: 'no stock' },
  { kind: 'trapped', reason: 'unreachable', cause: 'trap' },
  { kind: 'timed-out', reason: 'past its deadline', afterMs: 30_000 },
];

test('decide accepts what completed', () => {
  assert.deepEqual(decide({ kind: 'completed', messages: [] }, attempt()), { kind: 'accept' });
});

test('decide gives back what was cancelled, at whatever attempt', () => {
  assert.deepEqual(decide({ kind: 'cancelled', reason: 'shutting down' }, attempt({ number: 5 })), { kind: 'release' });
});

test('decide gives up at once on what the component rejected', () => {
  assert.deepEqual(decide({ kind: 'rejected', reason: 'bad order' }, attempt()), {
    kind: 'give-up',
    reason: 'bad order',
  });
});

for (const outcome of charged) {
  test(`decide retries what ${outcome.kind} until the total of attempts is reached`, () => {
    const kinds = [1, 2, 3, 4, 5, 6].map((number) => decide(outcome, attempt({ number })).kind);
    assert.deepEqual(kinds, ['retry', 'retry', 'retry', 'retry', 'give-up', 'give-up']);
  });
}

test('decide lets the component choose its delay, up to the longest of the policy', () => {
  const asked = (afterMs: number): unknown => decide({ kind: 'failed', reason: 'later', afterMs }, attempt());
  assert.deepEqual(asked(0), { kind: 'retry', afterMs: 0, reason: 'later' });
  assert.deepEqual(asked(7000), { kind: 'retry', afterMs: 7000, reason: 'later' });
  assert.deepEqual(asked(3_600_000), { kind: 'retry', afterMs: 30_000, reason: 'later' });
});

test('decide gives up on an event that is older than max_age, and says so', () => {
  const policy = { ...defaultRetryPolicy, maxAgeMs: 60_000 };
  assert.equal(decide({ kind: 'failed', reason: 'no' }, attempt({ ageMs: 60_000, policy })).kind, 'retry');
  const old = decide({ kind: 'failed', reason: 'no' }, attempt({ ageMs: 60_001, policy }));
  assert.deepEqual(old, { kind: 'give-up', reason: 'no (older than retry.max_age, attempt 1 of 5)' });
});

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
