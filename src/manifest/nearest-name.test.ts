import assert from 'node:assert/strict';
import test from 'node:test';
import { nearestName } from './nearest-name.ts';

const names = ['memory', 'timeout', 'max_calls', 'env'];

test('nearestName finds a name through a letter too few, too many, wrong or swapped', () => {
  assert.deepEqual(
    ['memry', 'memoryy', 'mamory', 'memroy', 'timout', 'max-calls', 'MaxCalls'].map((name) => nearestName(name, names)),
    ['memory', 'memory', 'memory', 'memory', 'timeout', 'max_calls', 'max_calls'],
  );
});

test('nearestName finds nothing when nothing is near', () => {
  assert.deepEqual(
    ['threads', 'x', '', 'any'].map((name) => nearestName(name, names)),
    [undefined, undefined, undefined, undefined],
  );
});

test('nearestName prefers the nearest, and of equals the first', () => {
  assert.equal(nearestName('orders', ['order', 'orders2', 'orders']), 'orders');
  assert.equal(nearestName('abcd', ['abce', 'abcf']), 'abce');
});
