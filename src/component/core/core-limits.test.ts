import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { type Limits, limitsIn, withMaximums } from './core-limits.ts';

/** Each limit as text: `memory 1..2`, `table 3..`. */
const described = (limits: readonly Limits[]): string[] =>
  limits.map(({ kind, min, max }) => `${kind} ${min}..${max ?? ''}`);

/** The module, with the same maximum for everything in it. */
function bounded(module: Uint8Array, maximum: bigint): Uint8Array<ArrayBuffer> {
  const limits = limitsIn(module);
  return withMaximums(module, limits, new Map(limits.map((each) => [each, maximum])));
}

test('limitsIn reads every form of memory and table', async () => {
  const forms: Readonly<Record<string, string[]>> = {
    '(memory 1)': ['memory 1..'],
    '(memory 1 2)': ['memory 1..2'],
    '(memory 1 2 shared)': ['memory 1..2'],
    '(memory i64 1)': ['memory 1..'],
    '(memory i64 200 70000)': ['memory 200..70000'],
    '(memory 1) (memory 2 3)': ['memory 1..', 'memory 2..3'],
    '(table 3 funcref)': ['table 3..'],
    '(table 3 300 externref)': ['table 3..300'],
    '(func $f) (table 1 (ref func) (ref.func $f)) (table 2 funcref)': ['table 1..', 'table 2..'],
    '(table 1 (ref null func) (ref.null func)) (memory 4)': ['table 1..', 'memory 4..'],
    '(import "a" "b" (memory 1)) (import "a" "c" (table 1 funcref))': [],
  };
  for (const [form, wanted] of Object.entries(forms)) {
    assert.deepEqual(described(limitsIn(await parse(`(module ${form})`))), wanted, form);
  }
});

test('withMaximums gives memories a maximum that memory.grow respects', async () => {
  const module =
    await parse(`(module (func $before) (memory (export "m") 1) (table (export "t") 2 funcref) (data (i32.const 0) "kept")
    (func (export "grow") (result i32) (memory.grow (i32.const 1))))`);
  const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bounded(module, 3n)));
  const { grow, m, t } = exports as unknown as { grow: () => number; m: WebAssembly.Memory; t: WebAssembly.Table };
  assert.deepEqual([grow(), grow(), grow(), grow()], [1, 2, -1, -1]);
  assert.equal(Buffer.from(m.buffer, 0, 4).toString(), 'kept');
  assert.equal(t.grow(1), 2);
  assert.throws(() => t.grow(1), RangeError);
});

test('limitsIn knows how far addresses reach where there is no maximum', async () => {
  const module = await parse('(module (memory 1) (memory i64 1) (memory 1 2) (table 1 funcref))');
  assert.deepEqual(
    limitsIn(module).map(({ reach }) => reach),
    [2n ** 32n - 1n, 65_536n, 2n ** 48n, 2n],
  );
});

test('withMaximums keeps shared and 64-bit memories what they are', async () => {
  for (const form of ['(memory 1 9 shared)', '(memory i64 1)', '(memory i64 1 9)']) {
    const module = bounded(await parse(`(module ${form} (memory 2))`), 300n);
    assert.ok(WebAssembly.validate(module), form);
    assert.deepEqual(described(limitsIn(module)), ['memory 1..300', 'memory 2..300']);
  }
});

test('withMaximums changes nothing in a module without memories and tables', async () => {
  const module = await parse('(module (func (export "f") (result i32) (i32.const 7)))');
  assert.deepEqual(Buffer.from(bounded(module, 1n)), Buffer.from(module));
});
