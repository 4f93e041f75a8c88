import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { type CoreModule, withinLimit } from './memory-limit.ts';

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
