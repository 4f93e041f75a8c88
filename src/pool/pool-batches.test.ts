import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from './testing/guest-pool.ts';
import { assertTrapped, runAll, said, ToldCall } from './testing/told-call.ts';

// The contract that hands many events to one call: what one of them does must not be charged to the others.

const callsOf = (texts: readonly string[], timeoutMs = 30_000): ToldCall[] =>
  texts.map((text) => new ToldCall(text, { timeoutMs }));

test('InstancePool gives each event of a batch call its own answer', async () => {
  await using pool = await openPool('batch');
  const outcomes = await runAll(pool, callsOf(['echo a', 'fail', 'echo b', 'reject', 'ok']));
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['completed', 'failed', 'completed', 'rejected', 'completed'],
  );
  assert.deepEqual([said(outcomes[0]!), said(outcomes[2]!)], ['echo a', 'echo b']);
});

test('InstancePool runs the events of a batch that trapped one by one, and charges the guilty one', async () => {
  await using pool = await openPool('batch');
  const [a, trapped, b] = await runAll(pool, callsOf(['echo a', 'trap', 'echo b']));
  assertTrapped(trapped!, 'trap');
  assert.deepEqual([said(a!), said(b!)], ['echo a', 'echo b']);
});

test('InstancePool runs the events of a batch that never returned one by one, and charges the guilty one', async () => {
  await using pool = await openPool('batch');
  const calls = callsOf(['echo a', 'spin', 'echo b'], 200);
  const [a, spinning, b] = await runAll(pool, calls);
  assert.equal(spinning?.kind, 'timed-out');
  assert.deepEqual([said(a!), said(b!)], ['echo a', 'echo b']);
  assert.ok(calls.every(({ outcomes }) => outcomes.length === 1));
});

test('InstancePool charges one event for an answer that is too large, and not its batch', async () => {
  await using pool = await openPool('batch', { outputBytes: 1000 });
  const [a, large] = await runAll(pool, callsOf(['echo a', `echo ${'x'.repeat(2000)}`]));
  assert.equal(said(a!), 'echo a');
  assertTrapped(large!, 'output-too-large');
});
