import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../testing/lone-instance.ts';
import { monotonicNs, poll, Pollable } from './pollable.ts';

const HOUR_NS = 3_600_000_000_000n;
const MS_NS = 1_000_000n;

const due = (instance: LoneInstance, ns: bigint): Pollable => new Pollable(instance, monotonicNs() + ns);

test('Pollable.block returns at once when there is nothing to wait for', () => {
  for (const suspends of [true, false]) {
    const instance = new LoneInstance({ suspends });
    assert.equal(Pollable.ready(instance).block(), undefined);
    assert.equal(due(instance, 0n).block(), undefined);
  }
});

test('Pollable.block returns when the moment has come, never before, whether it suspends or holds the thread', async () => {
  for (const suspends of [true, false]) {
    const pollable = due(new LoneInstance({ suspends }), 3n * MS_NS);
    assert.equal(pollable.ready(), false);
    await pollable.block();
    assert.equal(pollable.ready(), true);
  }
});

test('Pollable.block suspends only an instance that may be suspended', async () => {
  assert.equal(due(new LoneInstance({ suspends: false }), MS_NS).block(), undefined);
  const blocked = due(new LoneInstance({ suspends: true }), MS_NS).block();
  assert.ok(blocked instanceof Promise);
  await blocked;
});

test('poll waits for the first of many, and tells the places of all that are ready', async () => {
  for (const suspends of [true, false]) {
    const instance = new LoneInstance({ suspends });
    const soon = due(instance, 2n * MS_NS);
    assert.deepEqual([...(await poll([due(instance, HOUR_NS), soon]))], [1]);
    assert.deepEqual([...(await poll([Pollable.ready(instance), due(instance, HOUR_NS), soon]))], [0, 2]);
    instance.discard();
  }
});

test('poll fails when its answer is read, if there was nothing to wait for', async () => {
  const answer = await poll([]);
  assert.throws(() => answer.length, /^Error: wasi:io\/poll was called with nothing to wait for/);
});

test('a wait of a discarded instance never ends', async () => {
  const instance = new LoneInstance({ suspends: true });
  let resumed = false;
  void Promise.resolve(due(instance, 5n * MS_NS).block()).then(() => (resumed = true));
  instance.discard();
  await due(new LoneInstance({ suspends: true }), 10n * MS_NS).block();
  assert.equal(resumed, false);
});
