import assert from 'node:assert/strict';
import { test } from 'node:test';
import { openPool } from './testing/guest-pool.ts';
import { run, runAll, ToldCall } from './testing/told-call.ts';

// A guest inside bulk memory instructions: V8 ends its thread when it has returned, which may be never.

/** Seconds of it, on a fast machine too: longer than a deadline and what a thread is given to go. */
const LINGERING = 'fill:1600';

const until = async (holds: () => boolean): Promise<void> => {
  while (!holds()) await new Promise((resolve) => setTimeout(resolve, 5));
};

/** Resolves when something keeps this process busy for 0.1 s, which only a guest does. */
function guestAtWork(): Promise<void> {
  const since = process.cpuUsage();
  return until(() => process.cpuUsage(since).user > 100_000);
}

test('InstancePool charges a call whose thread does not go, and runs the others on a new thread meanwhile', async () => {
  await using pool = await openPool('lingers');
  const calls = ['ok', LINGERING, 'ok', 'ok'].map(
    (text) => new ToldCall(text, text === LINGERING ? { timeoutMs: 200 } : {}),
  );
  const all = runAll(pool, calls);
  await calls[1]!.outcome;
  assert.equal(pool.stats.abandoned, 1, 'its thread is still there when it is charged');
  assert.deepEqual(
    (await all).map(({ kind }) => kind),
    ['completed', 'timed-out', 'completed', 'completed'],
  );
  assert.equal(pool.stats.threads, 1, 'another has its place');
  await until(() => pool.stats.abandoned === 0);
  assert.equal((await run(pool, 'ok')).kind, 'completed');
  assert.ok(
    calls.every(({ outcomes: told }) => told.length === 1),
    'what comes late from the thread does not count',
  );
});

test('InstancePool drains, cancels and closes without waiting for a thread that does not go', async () => {
  const pool = await openPool('lingers');
  const [lingering, other] = [new ToldCall(LINGERING, { source: 'a' }), new ToldCall('ok', { source: 'b' })];
  for (const call of [lingering, other]) pool.submit(call);
  await guestAtWork();
  const drained = pool.drain();
  pool.cancel('a');
  assert.equal(lingering.outcomes[0]?.kind, 'cancelled');
  await until(() => pool.stats.abandoned === 1);
  await drained;
  assert.equal(other.outcomes[0]?.kind, 'completed', 'it ran on another thread');
  await until(() => pool.stats.abandoned === 0);
});

test('InstancePool that gives way to another hands on what a thread had that does not go, and the count of such threads', async () => {
  const former = await openPool('lingers');
  await using successor = await openPool('lingers');
  const calls = [LINGERING, 'ok', 'ok'].map((text) => new ToldCall(text, text === LINGERING ? { timeoutMs: 500 } : {}));
  for (const call of calls) former.submit(call);
  await guestAtWork();
  await former.giveWayTo(successor);
  assert.equal(successor.stats.abandoned, former.stats.abandoned);
  const outcomes = await Promise.all(calls.map(({ outcome }) => outcome));
  assert.deepEqual(
    outcomes.map(({ kind }) => kind),
    ['timed-out', 'completed', 'completed'],
  );
  await until(() => successor.stats.abandoned === 0);
});

test('InstancePool starts no thread while too many do not go, and charges nobody who waits', async () => {
  await using pool = await openPool('lingers');
  const lingering = Array.from({ length: 4 }, () => new ToldCall('fill:300', { timeoutMs: 20 }));
  for (const { kind } of await runAll(pool, lingering)) assert.equal(kind, 'timed-out');
  const waiting = run(pool, 'ok');
  await until(() => pool.stats.abandoned < 4);
  assert.deepEqual(await waiting, { kind: 'completed', messages: [] });
});
