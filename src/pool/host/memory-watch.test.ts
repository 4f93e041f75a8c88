import assert from 'node:assert/strict';
import { test } from 'node:test';
import { monotonicMs } from '../wire/monotonic.ts';
import { MemoryWatch, type WatchedThread } from './memory-watch.ts';

/** A thread that has one guest on its stack while it is busy. */
class Told implements WatchedThread {
  readonly budgetBytes: number;
  busy = true;
  first = 1;
  sinceMs = Math.floor(monotonicMs());
  readonly told: { readonly grown: number; readonly first: number; readonly alone: boolean }[] = [];

  constructor(budgetBytes: number) {
    this.budgetBytes = budgetBytes;
  }

  running(nowMs: number): ReturnType<WatchedThread['running']> {
    if (!this.busy) return undefined;
    return { first: this.first, count: 1, heldMs: Math.floor(nowMs) - this.sinceMs, leftMs: 1000 };
  }

  overBudget(grown: number, first: number, alone: boolean): void {
    this.told.push({ grown, first, alone });
  }
}

function watching(...threads: readonly Told[]): (grown: number, main?: number) => void {
  const level = { rss: 1000, main: 100 };
  const watch = new MemoryWatch(() => ({ ...level }));
  for (const thread of threads) watch.began(thread);
  return (grown, main = 0) => {
    level.rss += grown;
    level.main += main;
    watch.look();
  };
}

test('MemoryWatch tells of a guest during whose stay the process grew by more than the budget, and no sooner', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const thread = new Told(100);
  const look = watching(thread);
  look(5000); // before it was seen on the stack
  look(60);
  look(40);
  assert.deepEqual(thread.told, []);
  look(1);
  assert.deepEqual(thread.told, [{ grown: 101, first: 1, alone: true }]);
});

test('MemoryWatch counts neither what main took, nor what it gave back, nor what a former guest took', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const thread = new Told(100);
  const look = watching(thread);
  look(0);
  look(5000, 5000);
  look(0, -4000);
  look(0, 4000);
  look(90);
  thread.first = 2;
  look(90);
  look(90);
  assert.deepEqual(thread.told, []);
});

test('MemoryWatch begins anew when a guest has waited meanwhile', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const thread = new Told(100);
  const look = watching(thread);
  look(0);
  look(90);
  thread.sinceMs += 1;
  look(90);
  assert.deepEqual(thread.told, []);
});

test('MemoryWatch holds growth against no guest by itself while another thread has calls', (t) => {
  t.mock.timers.enable({ apis: ['setInterval'] });
  const [one, other] = [new Told(100), new Told(200)];
  const look = watching(one, other);
  look(0);
  look(300);
  assert.deepEqual([...one.told, ...other.told], [], 'each may have taken what it may');
  look(1);
  assert.deepEqual(one.told, [{ grown: 301, first: 1, alone: false }]);
  assert.deepEqual(other.told, [{ grown: 301, first: 1, alone: false }]);
  other.busy = false;
  look(90); // the other may have had a part in it
  look(100);
  assert.equal(one.told.at(-1)?.alone, false);
  look(1);
  assert.deepEqual(one.told.at(-1), { grown: 101, first: 1, alone: true }, 'what came since it was alone');
});
