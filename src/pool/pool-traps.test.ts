import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Outcome } from '../outcome.ts';
import { loadGuest, openPool } from './testing/guest-pool.ts';
import { assertTrapped, run, runAll, said, ToldCall } from './testing/told-call.ts';

// What a guest does to itself: it costs that one call, and the instance.

/** Runs one call between two others in one batch, and checks that those were served, and the second by another instance. */
async function between(guest: string, word: string, given: Parameters<typeof openPool>[1] = {}): Promise<Outcome> {
  await using pool = await openPool(guest, given);
  const calls = ['count', word, 'count'].map((text) => new ToldCall(text));
  const [before, outcome, after] = await runAll(pool, calls);
  assert.deepEqual([said(before!), said(after!)], ['1', '1']);
  return outcome!;
}

test('InstancePool charges a trap to its call, and discards the instance that trapped', async () => {
  assertTrapped(await between('choose', 'trap'), 'trap', /unreachable/);
});

test('InstancePool tells a guest that ran into its memory limit from one that trapped', async () => {
  assertTrapped(await between('choose', 'grow'), 'memory', /out of memory/);
});

test('InstancePool stops a guest that grows exactly at its limit', async () => {
  await using pool = await openPool(await loadGuest('grows', 2 * 2 ** 20));
  assert.equal(said(await run(pool, 'swallow')), '32');
  assertTrapped(await run(pool, ''), 'memory');
});

test('InstancePool discards an instance that answered with nonsense', async () => {
  assertTrapped(await between('choose', 'nonsense'), 'malformed', /malformed/);
});

const nonsense = [
  'answer out of bounds',
  'list out of bounds',
  'list too long',
  'data out of bounds',
  'discriminant',
  'failure discriminant',
  'option discriminant',
];
test('InstancePool takes every kind of nonsense for a malformed answer', async () => {
  await using pool = await openPool('nonsense');
  for (const kind of nonsense) assertTrapped(await run(pool, kind), 'malformed');
});

test('InstancePool tells a guest that exits', async () => {
  await using pool = await openPool('exits');
  assertTrapped(await run(pool, ''), 'exit', /status 1/);
  assertTrapped(await run(pool, ''), 'exit');
});

test('InstancePool refuses an answer that is larger than outputBytes, and discards its instance', async () => {
  const outcome = await between('choose', `echo ${'x'.repeat(2000)}`, { outputBytes: 1000 });
  assertTrapped(outcome, 'output-too-large', /limits.output_size is 1000/);
});

test('InstancePool survives an answer of 100 MiB', async () => {
  await using pool = await openPool(await loadGuest('floods', 128 * 2 ** 20));
  assertTrapped(await run(pool, ''), 'output-too-large', /10485\d{4} bytes/);
});
