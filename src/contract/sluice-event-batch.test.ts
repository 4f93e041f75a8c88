import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type GuestEvent, MalformedAnswer } from './contract.ts';
import { sluiceEventBatch } from './sluice-event-batch.ts';

const noHosts = (): never => assert.fail('it lends nothing to its guest');

const events: readonly GuestEvent[] = ['1', '2', '3'].map((id) => ({
  id,
  source: 'test',
  subject: 'orders',
  time: 0n,
  attempt: 1,
  headers: [],
  data: new Uint8Array(),
}));

function answersTo(returned: unknown): unknown {
  const bound = sluiceEventBatch.bind({ handleBatch: () => returned }, noHosts);
  assert.ok('many' in bound);
  return bound.many(events);
}

const results = [
  { tag: 'ok', val: [] },
  { tag: 'err', val: { tag: 'reject', val: 'never' } },
  { tag: 'err', val: { tag: 'retry', val: { reason: 'later', afterMs: 5 } } },
];
const answers = [
  { kind: 'completed', messages: [] },
  { kind: 'rejected', reason: 'never' },
  { kind: 'failed', reason: 'later', afterMs: 5 },
];

test('sluiceEventBatch answers each event in order', () => {
  assert.deepEqual(answersTo(results), answers);
});

test('sluiceEventBatch answers the same when the component suspends', async () => {
  assert.deepEqual(await answersTo(Promise.resolve(results)), answers);
});

const malformed: Readonly<Record<string, unknown>> = {
  'no list': undefined,
  'an answer too few': results.slice(1),
  'an answer too many': [...results, ...results],
  'a result that is none': [...results.slice(1), 7],
  'a result of an unknown case': [...results.slice(1), { tag: 'maybe', val: [] }],
};
for (const [what, returned] of Object.entries(malformed)) {
  test(`sluiceEventBatch refuses ${what} as a malformed answer`, () => {
    assert.throws(() => answersTo(returned), MalformedAnswer);
  });
}
