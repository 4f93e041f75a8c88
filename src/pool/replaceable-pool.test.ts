import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ReplaceablePool } from './replaceable-pool.ts';
import { openPool } from './testing/guest-pool.ts';
import { run, runAll, said, ToldCall } from './testing/told-call.ts';

const turn = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

const callsOf = (count: number, text: string): ToldCall[] => Array.from({ length: count }, () => new ToldCall(text));

/** Submits a call that lasts, and resolves when its guest was entered: a short one after it has come back. */
async function begin(pool: ReplaceablePool, text: string): Promise<ToldCall> {
  const call = new ToldCall(text);
  pool.submit(call);
  await run(pool, '0');
  return call;
}

test('ReplaceablePool: what runs finishes on the old one, what comes goes to the new one, and the old threads end', async () => {
  await using pool = new ReplaceablePool(await openPool('first-version'));
  const successor = await openPool('second-version');
  const running = await begin(pool, '300 a');
  pool.replaceBy(successor);
  assert.equal(said(await run(pool, '0 b')), 'v2 0 b');
  assert.equal(pool.stats.threads, 2);
  assert.equal(said(await running.outcome), 'v1 300 a');
  while (pool.stats.threads > 1) await turn();
  assert.equal(said(await run(pool, '0 c')), 'v2 0 c');
});

test('ReplaceablePool: calls that have not begun go to the new one at once, and the time that they waited counts', async () => {
  await using pool = new ReplaceablePool(await openPool('first-version', { instances: 2 }));
  const successor = await openPool('second-version', { instances: 100 });
  // They have all instances of the first, until they are cancelled.
  const lasting = [1, 2].map(() => new ToldCall('60000', { source: 'lasting' }));
  const calls = callsOf(100, '0');
  for (const call of lasting) pool.submit(call);
  while (pool.stats.running < 2) await turn();
  for (const call of calls) pool.submit(call);
  await runAll(successor, callsOf(1, '20'));
  pool.replaceBy(successor);
  const answers = (await Promise.all(calls.map(({ outcome }) => outcome))).map(said);
  assert.deepEqual(new Set(answers), new Set(['v2 0']));
  assert.ok(calls.every(({ timing }) => timing!.waitedMs >= 19));
  assert.ok(calls.every(({ outcomes }) => outcomes.length === 1));
  assert.ok(
    lasting.every(({ outcomes }) => outcomes.length === 0),
    'what runs stays where it is',
  );
  pool.cancel('lasting');
});

test('ReplaceablePool: calls that a lost thread of the old one leaves behind are run by the new one', async () => {
  await using pool = new ReplaceablePool(await openPool('wakes'));
  const successor = await openPool('second-version');
  const spinning = new ToldCall('100 spin', { timeoutMs: 300 });
  pool.submit(spinning);
  const innocent = await begin(pool, '600 ok');
  pool.replaceBy(successor);
  assert.equal((await spinning.outcome).kind, 'timed-out');
  assert.equal(said(await innocent.outcome), 'v2 600 ok');
  assert.equal(innocent.outcomes.length, 1);
});

test('ReplaceablePool finishes each of many calls exactly once while it is replaced again and again', async () => {
  await using pool = new ReplaceablePool(await openPool('choose', { threads: 2 }));
  const words = ['ok', 'fail', 'trap', 'echo a', 'count'];
  const calls = Array.from({ length: 1200 }, (_, n) => new ToldCall(words[n % 5]!));
  const submit = (from: number, to: number): void => {
    for (const call of calls.slice(from, to)) pool.submit(call);
  };
  for (let from = 0; from < 1200; from += 400) {
    const successor = await openPool('choose', { threads: 2 });
    submit(from, from + 200);
    await turn();
    pool.replaceBy(successor);
    submit(from + 200, from + 400);
  }
  const kinds = ['completed', 'failed', 'trapped', 'completed', 'completed'];
  for (const [n, call] of calls.entries()) assert.equal((await call.outcome).kind, kinds[n % 5]);
  assert.ok(calls.every((call) => call.outcomes.length === 1));
});

test('ReplaceablePool cancels the calls of a source wherever they are, and those of no other', async () => {
  await using pool = new ReplaceablePool(await openPool('first-version'));
  const successor = await openPool('second-version');
  const old = await begin(pool, '60000');
  pool.replaceBy(successor);
  const young = await begin(pool, '60000');
  const other = new ToldCall('0', { source: 'another' });
  pool.submit(other);
  pool.withdraw(old.source);
  assert.deepEqual([old.outcomes, young.outcomes], [[], []]);
  pool.cancel(old.source);
  assert.deepEqual([old.outcomes[0]?.kind, young.outcomes[0]?.kind], ['cancelled', 'cancelled']);
  assert.equal(said(await other.outcome), 'v2 0');
});

test('ReplaceablePool drains: what runs on the old one and on the new one is finished, and all threads are gone', async () => {
  const pool = new ReplaceablePool(await openPool('first-version'));
  const successor = await openPool('second-version');
  const old = await begin(pool, '500');
  pool.replaceBy(successor);
  const young = await begin(pool, '100');
  await pool.drain();
  assert.deepEqual(
    [old, young].map(({ outcomes }) => said(outcomes[0]!)),
    ['v1 500', 'v2 100'],
  );
  assert.deepEqual(pool.stats, { threads: 0, instances: 0, queued: 0, running: 0, abandoned: 0, abandonedBytes: 0 });
});
