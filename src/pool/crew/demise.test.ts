import assert from 'node:assert/strict';
import { test } from 'node:test';
import { PooledCall } from '../call.ts';
import { crashed, culpritOf, overdue, stalled, stopped } from './demise.ts';
import { ToldCall } from '../testing/told-call.ts';

function callsNumbered(...numbers: readonly number[]): Map<number, PooledCall> {
  return new Map(numbers.map((number) => [number, new PooledCall(new ToldCall(`${number}`))]));
}

const suspects = (calls: ReadonlyMap<number, PooledCall>): number[] =>
  [...calls].filter(([, { suspect }]) => suspect).map(([number]) => number);

const running = (first: number, count = 1) => ({ first, count, heldMs: 105, leftMs: -5 });

test('culpritOf blames the call that was on the stack, and suspects nobody else', () => {
  const calls = callsNumbered(4, 5, 6);
  assert.equal(culpritOf(overdue(5), running(5), calls), calls.get(5));
  assert.equal(culpritOf(crashed(new Error('boom')), running(6), calls), calls.get(6));
  assert.deepEqual(suspects(calls), []);
});

test('culpritOf blames nobody when the overdue guest returned at the last moment', () => {
  const calls = callsNumbered(5, 6);
  assert.equal(culpritOf(overdue(4), running(5), calls), undefined);
  assert.equal(culpritOf(overdue(4), undefined, calls), undefined);
  assert.deepEqual(suspects(calls), []);
});

test('culpritOf blames nobody when the thread was stopped', () => {
  const calls = callsNumbered(5);
  assert.equal(culpritOf(stopped('enough'), running(5), calls), undefined);
  assert.deepEqual(suspects(calls), []);
});

test('culpritOf suspects all that shared a guest call, and none beside', () => {
  const calls = callsNumbered(4, 5, 6, 7);
  assert.equal(culpritOf(overdue(5), running(5, 2), calls), undefined);
  assert.deepEqual(suspects(calls), [5, 6]);
});

test('culpritOf suspects all when no guest was on the stack', () => {
  const calls = callsNumbered(4, 5);
  assert.equal(culpritOf(crashed(new Error('boom')), undefined, calls), undefined);
  assert.deepEqual(suspects(calls), [4, 5]);
});

test('culpritOf convicts a suspect that ends another thread by itself', () => {
  for (const demise of [crashed(new Error('boom')), stalled()]) {
    const calls = callsNumbered(4);
    assert.equal(culpritOf(demise, undefined, calls), undefined);
    assert.equal(culpritOf(demise, undefined, calls), calls.get(4));
  }
});
