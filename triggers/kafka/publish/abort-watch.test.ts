import assert from 'node:assert/strict';
import { getEventListeners } from 'node:events';
import { test } from 'node:test';
import { AbortWatch } from './abort-watch.ts';

test('AbortWatch tells all that wait for a signal, and has one listener for them', () => {
  const watch = new AbortWatch();
  const [one, other] = [new AbortController(), new AbortController()];
  const told: unknown[] = [];
  for (const name of ['a', 'b']) watch.add(one.signal, (reason) => told.push([name, reason]));
  watch.add(one.signal, () => told.push('done before'))();
  watch.add(other.signal, () => told.push('of another signal'));
  assert.equal(getEventListeners(one.signal, 'abort').length, 1);
  one.abort('enough');
  assert.deepEqual(told, [
    ['a', 'enough'],
    ['b', 'enough'],
  ]);
});

test('AbortWatch lets go of signals that nobody waits for any more', () => {
  const watch = new AbortWatch();
  const [one, other] = [new AbortController(), new AbortController()];
  const done = watch.add(one.signal, () => {});
  watch.add(other.signal, () => {});
  assert.equal(getEventListeners(one.signal, 'abort').length, 1);
  done();
  watch.add(new AbortController().signal, () => {});
  assert.deepEqual(
    [one, other].map(({ signal }) => getEventListeners(signal, 'abort').length),
    [0, 1],
  );
  watch.clear();
  assert.equal(getEventListeners(other.signal, 'abort').length, 0);
});
