import assert from 'node:assert/strict';
import { test } from 'node:test';
import { allot } from './allot.ts';
import type { Limits } from './core-limits.ts';

/** What each of `claims` gets of the budget. */
function shares(budget: bigint, ...claims: { min: bigint; reach?: bigint; instances?: number }[]): unknown {
  const all = claims.map(({ min, reach = 65_536n, instances = 1 }) => {
    const limits: Limits = { kind: 'memory', flags: 0, start: 0, end: 0, min, reach };
    return { limits, instances };
  });
  const maximums = allot(all, budget);
  return maximums && all.map(({ limits }) => maximums.get(limits));
}

test('allot gives one claim the whole budget, or what is in its reach if that is less', () => {
  assert.deepEqual(shares(16n, { min: 1n }), [16n]);
  assert.deepEqual(shares(16n, { min: 1n, reach: 100n }), [16n]);
  assert.deepEqual(shares(16n, { min: 1n, reach: 4n }), [4n]);
  assert.deepEqual(shares(16n, { min: 16n }), [16n]);
});

test('allot gives each claim its minimum and an equal share of the rest', () => {
  assert.deepEqual(shares(16n, { min: 1n }, { min: 5n }), [6n, 10n]);
});

test("allot passes on what is out of a claim's reach", () => {
  assert.deepEqual(shares(16n, { min: 1n }, { min: 1n, reach: 2n }, { min: 1n }), [7n, 2n, 7n]);
});

test('allot counts a claim once for every instance', () => {
  assert.deepEqual(shares(16n, { min: 2n, instances: 3 }, { min: 0n }), [4n, 4n]);
});

test('allot leaves a claim that nobody instantiates out of the sum', () => {
  assert.deepEqual(shares(16n, { min: 100n, instances: 0 }, { min: 1n }), [100n, 16n]);
});

test('allot refuses minimums that exceed the budget', () => {
  assert.equal(shares(16n, { min: 9n }, { min: 8n }), undefined);
  assert.equal(shares(16n, { min: 9n, instances: 2 }), undefined);
});

test('allot never exceeds the budget', () => {
  for (let budget = 10n; budget < 40n; budget++) {
    const claims = [
      { min: 1n, instances: 2 },
      { min: 3n, reach: 5n, instances: 1 },
      { min: 2n, reach: 9n, instances: 2 },
    ];
    const given = shares(budget, ...claims) as bigint[];
    const sum = given.reduce((sum, each, n) => sum + each * BigInt(claims[n]?.instances ?? 0), 0n);
    assert.ok(sum <= budget && given.every((each, n) => each >= (claims[n]?.min ?? 0n)), `${budget}: ${given.join()}`);
  }
});
