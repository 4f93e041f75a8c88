import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LONGEST_TIMEOUT_MS, RunningMark } from './running-mark.ts';

test('RunningMark tells which calls run and how long they may', () => {
  const memory = RunningMark.memory();
  const inThread = new RunningMark(memory);
  const onMain = new RunningMark(memory);
  assert.equal(onMain.read(0), undefined);
  inThread.set(7, 3, 990.4, 1500.7);
  assert.deepEqual(onMain.read(1000.2), { first: 7, count: 3, heldMs: 10, leftMs: 500 });
  inThread.clear();
  assert.equal(onMain.read(1000.2), undefined);
});

test('RunningMark never says that a deadline has passed before it has', () => {
  const mark = new RunningMark(RunningMark.memory());
  mark.set(1, 1, 0, 1000.9);
  assert.equal(mark.read(1000.8)?.leftMs, 0);
  assert.equal(mark.read(1001.0)?.leftMs, -1);
});

test('RunningMark tells no negative time of a call that began a moment ago by the clock of its thread, which may be ahead', () => {
  const mark = new RunningMark(RunningMark.memory());
  mark.set(1, 1, 1000.1, 1500);
  assert.equal(mark.read(999.9)?.heldMs, 0);
});

test('RunningMark works however long the machine has been up', () => {
  const mark = new RunningMark(RunningMark.memory());
  for (const nowMs of [0, 2 ** 31 - 10, 2 ** 31 + 10, 2 ** 32 - 10, 2 ** 40]) {
    mark.set(1, 1, nowMs, nowMs + LONGEST_TIMEOUT_MS);
    assert.equal(mark.read(nowMs)?.leftMs, LONGEST_TIMEOUT_MS);
    mark.set(1, 1, nowMs, nowMs + 20);
    assert.deepEqual(mark.read(nowMs + 30), { first: 1, count: 1, heldMs: 30, leftMs: -10 });
  }
});
