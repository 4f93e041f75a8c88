import assert from 'node:assert/strict';
import { test } from 'node:test';
import { CommitWatch } from './commit-watch.ts';

const LONG_MS = 2 ** 30;
const NEVER = new AbortController().signal;

/** Whether it has resolved by now: a promise that is resolved wins against one that resolves a turn later. */
async function resolved(waiting: Promise<void>): Promise<boolean> {
  const later = new Promise<false>((resolve) => setImmediate(() => resolve(false)));
  return Promise.race([waiting.then(() => true), later]);
}

test('CommitWatch wakes every waiter when something is committed here', async () => {
  const watch = new CommitWatch(() => 0);
  const waiting = [1, 2].map(() => watch.changed(watch.commits, LONG_MS, NEVER));
  assert.deepEqual(await Promise.all(waiting.map(resolved)), [false, false]);
  watch.announce();
  assert.deepEqual(await Promise.all(waiting.map(resolved)), [true, true]);
});

test('CommitWatch does not wait when a commit came between looking and waiting', async () => {
  const watch = new CommitWatch(() => 0);
  const since = watch.commits;
  watch.announce();
  assert.equal(await resolved(watch.changed(since, LONG_MS, NEVER)), true);
});

test('CommitWatch does not wait when another connection committed between looking and waiting', async () => {
  let foreign = 1;
  const watch = new CommitWatch(() => foreign);
  const since = watch.commits;
  foreign = 2;
  assert.equal(await resolved(watch.changed(since, LONG_MS, NEVER)), true);
});

test('CommitWatch looks for commits of others while somebody waits, and only then', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  let foreign = 1;
  let looks = 0;
  const watch = new CommitWatch(() => {
    looks += 1;
    return foreign;
  });
  const waiting = watch.changed(watch.commits, LONG_MS, NEVER);
  t.mock.timers.tick(100);
  assert.equal(await resolved(waiting), false);
  foreign = 2;
  t.mock.timers.tick(50);
  assert.equal(await resolved(waiting), true);
  const before = looks;
  t.mock.timers.tick(1000);
  assert.equal(looks, before);
});

test('CommitWatch ends a wait when its time is over, even a time longer than a timer can hold', async (t) => {
  t.mock.timers.enable({ apis: ['setInterval', 'setTimeout'] });
  const watch = new CommitWatch(() => 0);
  const short = watch.changed(watch.commits, 30, NEVER);
  const long = watch.changed(watch.commits, Infinity, NEVER);
  t.mock.timers.tick(30);
  assert.deepEqual([await resolved(short), await resolved(long)], [true, false]);
});

test('CommitWatch ends a wait when its signal is aborted, before or during', async () => {
  const watch = new CommitWatch(() => 0);
  const stop = new AbortController();
  const during = watch.changed(watch.commits, LONG_MS, stop.signal);
  stop.abort();
  assert.equal(await resolved(during), true);
  assert.equal(await resolved(watch.changed(watch.commits, LONG_MS, stop.signal)), true);
});
