import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from './testing/guest-pool.ts';
import { run, runAll, said, ToldCall } from './testing/told-call.ts';

// What a guest does to its thread: the one call that did it is charged, the others run on the next thread.

const words = (...texts: readonly string[]): ToldCall[] => texts.map((text) => new ToldCall(text, { timeoutMs: 100 }));

test('InstancePool charges a timeout to the event that ran and to no other', async () => {
  await using pool = await openPool('choose');
  const calls = words('count', 'spin', 'count', 'count');
  const [before, spinning, ...behind] = await runAll(pool, calls);
  assert.equal(said(before!), '1');
  assert.equal(spinning?.kind, 'timed-out');
  assert.ok(spinning.afterMs >= 100, `ended after ${spinning.afterMs} ms`);
  // On the first instance of another thread, in their order.
  assert.deepEqual(behind.map(said), ['1', '2']);
  assert.ok(calls.every((call) => call.outcomes.length === 1));
});
