import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile } from '../state/state-file.ts';
import { noGrants, openPool } from './testing/guest-pool.ts';
import { assertTrapped, run, runAll, said, ToldCall } from './testing/told-call.ts';

// Components with imports that wait: their calls are suspended, and many are under way in one thread.

const callsOf = (texts: readonly string[], timeoutMs = 30_000): ToldCall[] =>
  texts.map((text) => new ToldCall(text, { timeoutMs }));

/** The texts of calls in the order in which they finished. */
async function orderOf(pool: Awaited<ReturnType<typeof openPool>>, calls: readonly ToldCall[]): Promise<string[]> {
  const order: string[] = [];
  for (const call of calls) void call.outcome.then(() => order.push(call.event.id));
  await runAll(pool, calls);
  return order;
}

test('InstancePool has as many suspended calls under way in a thread as it may have instances', async () => {
  await using pool = await openPool('wakes', { instances: 4 });
  const calls = callsOf(['400 ok', '400 ok', '400 ok', '1 ok', '1 ok', '1 ok']);
  assert.deepEqual((await orderOf(pool, calls)).slice(0, 3), ['1 ok', '1 ok', '1 ok']);
  assert.equal(pool.stats.instances, 4);
});

test('InstancePool lets no second call into an instance that has one', async () => {
  await using pool = await openPool('wakes', { instances: 3 });
  const outcomes = await runAll(pool, callsOf(Array.from({ length: 9 }, () => '5 count')));
  const counts = outcomes.map(said).map(Number);
  // Three instances with three calls or so each; a call counts when it wakes up.
  assert.equal(Math.max(...counts) >= 3, true, counts.join());
  assert.equal(counts.filter((count) => count === 1).length, 3);
});

test('InstancePool charges a trap after waking up to its call, and discards the instance', async () => {
  await using pool = await openPool('wakes', { instances: 1 });
  const [before, trapped, after] = await runAll(pool, callsOf(['1 count', '1 trap', '1 count']));
  assertTrapped(trapped!, 'trap', /unreachable/);
  assert.deepEqual([said(before!), said(after!)], ['1', '1']);
});

test('InstancePool ends a suspended call at its deadline, and leaves its thread and the others alone', async () => {
  const ends: string[] = [];
  await using pool = await openPool('wakes', { threadEnded: (reason) => ends.push(reason) });
  const [late, patient] = [new ToldCall('60000 ok', { timeoutMs: 400 }), new ToldCall('800 ok')];
  const [outcome, other] = await runAll(pool, [late, patient]);
  assert.equal(outcome?.kind, 'timed-out');
  assert.ok(outcome.afterMs >= 400 && late.timing!.durationMs >= 400);
  assert.equal(other?.kind, 'completed');
  assert.deepEqual(ends, []);
});

test('InstancePool discards the instance of a suspended call that ran out of time', async () => {
  await using pool = await openPool('wakes', { instances: 1 });
  assert.equal(said(await run(pool, '1 count')), '1');
  assert.equal((await run(pool, '300 count', { timeoutMs: 20 })).kind, 'timed-out');
  assert.equal(said(await run(pool, '400 count')), '1', 'the late one did not wake up meanwhile');
});

test('InstancePool charges the guest that spins after waking up, and no suspended one', async () => {
  const ends: string[] = [];
  await using pool = await openPool('wakes', { threadEnded: (reason) => ends.push(reason) });
  const calls = callsOf(['500 ok', '20 spin', '100 ok', '500 ok'], 1000);
  const kinds = (await runAll(pool, calls)).map(({ kind }) => kind);
  assert.deepEqual(kinds, ['completed', 'timed-out', 'completed', 'completed']);
  assert.ok(calls.every(({ outcomes }) => outcomes.length === 1));
  assert.deepEqual(ends, ['timed-out']);
});

test('InstancePool charges the right one of guests that wake up at the same moment', async () => {
  await using pool = await openPool('wakes', { instances: 8 });
  const calls = callsOf(['100 ok', '100 ok', '100 ok', '100 spin', '100 ok', '100 ok', '100 ok', '100 ok'], 500);
  const kinds = (await runAll(pool, calls)).map(({ kind }) => kind);
  assert.deepEqual(
    kinds,
    calls.map(({ event }) => (event.id.endsWith('spin') ? 'timed-out' : 'completed')),
  );
});

test('InstancePool lets guests that wait for the main thread wait side by side', async () => {
  await using state = StateFile.open(':memory:');
  await using pool = await openPool('counts', { state, grants: { ...noGrants, keyvalue: ['default'] }, instances: 4 });
  const counts = (await runAll(pool, callsOf(Array.from({ length: 40 }, () => '')))).map(said).map(Number);
  assert.deepEqual(
    counts.toSorted((a, b) => a - b),
    Array.from({ length: 40 }, (_, n) => n + 1),
  );
});

test('InstancePool tells a guest what its grants do not allow', async () => {
  await using pool = await openPool('counts');
  const outcome = await run(pool, 'secret');
  assert.equal(outcome.kind, 'failed');
  assert.match(outcome.reason, /access denied|no such store/);
});
