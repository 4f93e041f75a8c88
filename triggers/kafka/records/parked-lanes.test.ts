import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ParkedLanes } from './parked-lanes.ts';
import { pendingAt } from '../testing/batches.ts';

function offsetsOf(parked: ParkedLanes, key: string | number, most = 100): number[] {
  return parked.take(key, most).map(({ offset }) => offset);
}

test('ParkedLanes keeps a lane until the time of its head, in order, and no other lane', () => {
  const parked = new ParkedLanes();
  parked.park(pendingAt(7, 'a'));
  parked.park(pendingAt(5, 'a'), 1000);
  parked.park(pendingAt(6, 'a'));
  parked.park(pendingAt(8), 500);
  assert.deepEqual([parked.nextDue, parked.delayed, parked.holds('a'), parked.holds('b')], [0, 4, true, false]);
  assert.deepEqual(parked.due(499), []);
  assert.equal(parked.nextDue, 500);
  assert.deepEqual(parked.due(500), [8]);
  assert.deepEqual(offsetsOf(parked, 8), [8]);
  assert.deepEqual(offsetsOf(parked, 'a'), []);
  assert.deepEqual(parked.due(1000), ['a']);
  assert.deepEqual([parked.nextDue, parked.delayed], [Infinity, 0]);
  assert.deepEqual(offsetsOf(parked, 'a', 2), [5, 6]);
  assert.equal(parked.holds('a'), true);
  assert.deepEqual(offsetsOf(parked, 'a'), [7]);
  assert.equal(parked.holds('a'), false);
});

test('ParkedLanes gives what came back at once, unless its lane waits for a time', () => {
  const parked = new ParkedLanes();
  parked.park(pendingAt(2, 'busy'), Infinity);
  parked.giveBack(pendingAt(1, 'busy'));
  parked.park(pendingAt(3, 'later'), 1000);
  parked.giveBack(pendingAt(4, 'later'));
  assert.deepEqual(parked.due(1), ['busy']);
  assert.deepEqual(offsetsOf(parked, 'busy'), [1, 2]);
  assert.deepEqual([parked.nextDue, parked.delayed], [1000, 2]);
  parked.clear();
  assert.deepEqual([parked.nextDue, parked.delayed, parked.holds('later')], [Infinity, 0, false]);
});
