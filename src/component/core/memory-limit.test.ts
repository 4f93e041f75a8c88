import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { allot, type CoreModule, withinLimit } from './memory-limit.ts';
import type { Limits } from './core-limits.ts';

const place = { component: 'enrich' };
const growing = '(func (export "grow") (result i32) (memory.grow (i32.const 1)))';

async function modulesOf(...modules: [text: string, instances: number][]): Promise<Map<string, CoreModule>> {
  const entries = modules.map(async ([text, instances], n): Promise<[string, CoreModule]> => {
    const bytes = new Uint8Array(await parse(`(module ${text})`));
    return [`${n}.wasm`, { bytes, instances }];
  });
  return new Map(await Promise.all(entries));
}

/** Pages that one instance of the module gets to when it grows as far as it can. */
function pagesReached(bytes: BufferSource | undefined): number {
  assert.ok(bytes !== undefined);
  const { grow } = new WebAssembly.Instance(new WebAssembly.Module(bytes)).exports as { grow: () => number };
  let pages = 0;
  for (let before = grow(); before !== -1; before = grow()) pages = before + 1;
  return pages;
}

test('withinLimit lets a memory grow exactly to the limit', async () => {
  const limited = withinLimit(await modulesOf([`(memory 1) ${growing}`, 1]), 2 ** 20, place);
  assert.equal(pagesReached(limited.get('0.wasm')), 16);
});

test('withinLimit rounds the limit down to pages', async () => {
  const limited = withinLimit(await modulesOf([`(memory 1) ${growing}`, 1]), 3 * 65_536 - 1, place);
  assert.equal(pagesReached(limited.get('0.wasm')), 2);
});

test('withinLimit never raises the maximum that a memory has', async () => {
  const limited = withinLimit(await modulesOf([`(memory 1 3) ${growing}`, 1]), 2 ** 20, place);
  assert.equal(pagesReached(limited.get('0.wasm')), 3);
});

test('withinLimit divides the limit between memories, and counts a module once for every instance', async () => {
  const modules = await modulesOf([`(memory 1) ${growing}`, 2], [`(memory 2) ${growing}`, 1]);
  const limited = withinLimit(modules, 2 ** 20, place);
  const [twice, once] = [pagesReached(limited.get('0.wasm')), pagesReached(limited.get('1.wasm'))];
  assert.deepEqual([twice, once], [5, 6]);
  assert.equal(2 * twice + once, 16);
});

test('withinLimit keeps a limit beyond 4 GiB valid for memories of 32 bits', async () => {
  const limited = withinLimit(await modulesOf(['(memory 1)', 1]), 8 * 2 ** 30, place);
  assert.ok(WebAssembly.validate(limited.get('0.wasm') ?? new Uint8Array()));
});

test('withinLimit refuses a component that starts with more than the limit, and says with how much', async () => {
  const modules = await modulesOf(['(memory 20)', 1], ['(memory 6)', 2]);
  assert.throws(() => withinLimit(modules, 2 ** 20, place), {
    code: 'SLU2005',
    message: 'limits.memory is 1MiB, and the component starts with 2MiB',
    fix: 'give it room to grow as well: limits = { memory = "4MiB" }',
    place,
  });
});

test('withinLimit bounds tables too', async () => {
  const table = '(table (export "table") 1 externref)';
  const limited = withinLimit(await modulesOf([table, 1]), 2 ** 20, place);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(limited.get('0.wasm') ?? new Uint8Array()));
  const { table: grown } = exports as unknown as { table: WebAssembly.Table };
  grown.grow(65_535);
  assert.throws(() => grown.grow(1), RangeError);

  const tooLarge = await modulesOf(['(table 8000000 funcref)', 1]);
  assert.throws(() => withinLimit(tooLarge, 2 ** 20, place), {
    code: 'SLU2005',
    message: 'limits.memory is 1MiB, and the component starts with 500000KiB for its tables of 8000000 entries',
  });
});

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
