import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile } from '#trigger';
import { ManualClock } from '../../../src/trigger/conformance/index.ts';
import { addSlot, migrateSlots } from './slot-table.ts';
import { StateLease } from './state-lease.ts';

const MINUTE = 60_000;
const leaseMs = 30_000;

/** Slots `a` and `b`, which may run now, and `later`, which may run in a minute; two processes that ask for them. */
async function setUp(
  alone: boolean,
): Promise<{ state: StateFile; clock: ManualClock; one: StateLease; two: StateLease }> {
  const clock = new ManualClock();
  const state = StateFile.open(':memory:');
  migrateSlots(state);
  const now = clock.now();
  await state.write((db) => {
    for (const id of ['a', 'b']) addSlot(db, 'job', { id, time: now, run: 'manual' }, now);
    addSlot(db, 'job', { id: 'later', time: now, run: 'manual' }, now + MINUTE);
  });
  const lease = (self: string): StateLease =>
    new StateLease({ state, trigger: 'job', clock, leaseMs, alone, owners: { self, gone: () => false } });
  return { state, clock, one: lease('one'), two: lease('two') };
}

test('StateLease gives a slot to one process alone, however many ask', async () => {
  const { state, one, two } = await setUp(false);
  await using _state = state;
  const claims = await Promise.all([one.claim('a'), two.claim('a'), two.claim('b')]);
  assert.deepEqual(claims, [{ token: 1, attempt: 1 }, undefined, { token: 1, attempt: 1 }]);
});

test('StateLease gives one slot of the trigger at a time when it is to run alone', async () => {
  const { state, one, two } = await setUp(true);
  await using _state = state;
  const [claim, refused] = await Promise.all([one.claim('a'), two.claim('b')]);
  assert.deepEqual([claim?.token, refused], [1, undefined]);
  assert.equal(await one.end('a', 1, { kind: 'done' }), true);
  assert.equal((await two.claim('b'))?.token, 1);
});

test('StateLease gives no slot that has ended, and none before its time', async () => {
  const { state, clock, one } = await setUp(false);
  await using _state = state;
  await one.claim('a');
  await one.end('a', 1, { kind: 'done' });
  assert.equal(await one.claim('a'), undefined);
  assert.equal(await one.claim('later'), undefined);
  clock.advance(MINUTE);
  assert.equal((await one.claim('later'))?.attempt, 1);
});

test('StateLease fences a holder whose slot went to another: its token is refused', async () => {
  const { state, clock, one, two } = await setUp(false);
  await using _state = state;
  const stale = await one.claim('a');
  clock.advance(leaseMs);
  const fresh = await two.claim('a');
  assert.deepEqual(
    [stale, fresh],
    [
      { token: 1, attempt: 1 },
      { token: 2, attempt: 2 },
    ],
  );
  assert.equal(await one.extend('a', 1), false);
  assert.equal(await one.end('a', 1, { kind: 'dropped' }), false);
  assert.equal(await two.extend('a', 2), true);
  assert.equal(await two.end('a', 2, { kind: 'done' }), true);
});
