import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { shapeOf } from './code-shape.ts';
import { checkCore } from './core-check.ts';
import { signaturesIn } from './signatures.ts';
import { PREAMBLE_BYTES, WasmReader } from '../wasm-reader.ts';

const CODE_SECTION = 10;

/** Of the first function of a module in the text format. */
async function shapeOfText(body: string): Promise<ReturnType<typeof shapeOf>> {
  const module = await parse(`(module (memory 1) (memory 1) (table $t 1 funcref) (elem $e func) (data $d "")
    (type $none (func)) ${body})`);
  for (const { id, content } of new WasmReader(module, PREAMBLE_BYTES).sections()) {
    if (id !== CODE_SECTION) continue;
    content.u32();
    const end = content.u32() + content.at;
    const signatures = signaturesIn(module);
    return shapeOf(new WasmReader(module, content.at, end), signatures.defined[0]!, signatures);
  }
  throw new Error('no code');
}

test('shapeOf counts locals, and what is there at branches', async () => {
  const { locals, branchValues } = await shapeOfText(`(func (param i32) (local i32 i64 funcref) (local (ref null $none))
    (block (br_table 0 0 0 (local.get 0)))
    (loop (br_if 0 (local.get 0)))
    (if (local.get 0) (then (nop)) (else (nop))))`);
  // Five locals at each; the operand that it takes is there at `br_table`, `br_if` and `if`.
  assert.deepEqual({ locals, branchValues }, { locals: 5, branchValues: 3 * 6 + (5 + 6) + (6 + 5) });
});

test('shapeOf counts the operands below a branch, and what blocks and calls take and give', async () => {
  const type = '(type $two (func (param i32) (result i32 i32)))';
  const branch = '(br_if 0 (i32.const 0))';
  const shapes = {
    operands: `(func (i32.const 1) (i64.const 2) (block ${branch}) drop drop)`,
    block: `${type} (func (i32.const 1) (block (type $two) (i32.const 2)) drop drop)`,
    call: `(func $f (param i32) (if (call $g (local.get 0)) (then)) drop) (func $g (param i32) (result i32 i32) unreachable)`,
    unreachable: `(func (i32.const 1) (i32.const 2) (block unreachable drop drop drop ${branch}) drop drop)`,
    loop: `(func (i32.const 1) (loop (i32.const 1) (i32.const 1) drop drop) drop)`,
  };
  const counted = Object.fromEntries(
    await Promise.all(
      Object.entries(shapes).map(async ([name, text]) => [name, (await shapeOfText(text)).branchValues] as const),
    ),
  );
  assert.deepEqual(counted, { operands: 3, block: 3, call: 3 + 3, unreachable: 3, loop: 1 });
});

test('shapeOf reads instructions with anything behind them, to the last branch', async () => {
  const { branchValues } = await shapeOfText(`(func (param i32)
    (drop (i32.load offset=70000 (local.get 0))) (drop (i64.load 1 (local.get 0))) (i32.store8 (local.get 0) (i32.const -300000))
    (drop (f32.const 1.5)) (drop (f64.const 1.5)) (drop (i64.const -1))
    (drop (select (result i64) (i64.const 1) (i64.const 2) (local.get 0)))
    (memory.fill (local.get 0) (local.get 0) (local.get 0)) (memory.copy 0 1 (local.get 0) (local.get 0) (local.get 0))
    (memory.init 1 $d (local.get 0) (local.get 0) (local.get 0)) (data.drop $d)
    (table.init $e (local.get 0) (local.get 0) (local.get 0)) (elem.drop $e)
    (drop (table.grow $t (ref.null func) (local.get 0))) (drop (table.size $t)) (table.set $t (local.get 0) (ref.null func))
    (drop (v128.const i64x2 1 2)) (drop (i8x16.extract_lane_s 3 (v128.load (local.get 0))))
    (drop (v128.load8_lane 1 (local.get 0) (v128.const i64x2 0 0)))
    (drop (i8x16.shuffle 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 (v128.const i64x2 0 0) (v128.const i64x2 0 0)))
    (drop (i32.trunc_sat_f32_s (f32.const 1))) (drop (i32x4.add (v128.const i64x2 0 0) (v128.const i64x2 0 0)))
    (drop (i32.atomic.load (local.get 0))) (atomic.fence)
    (drop (memory.grow 1 (local.get 0))) (call_indirect (type $none) (local.get 0))
    (block (br 0)) (return_call_indirect (type $none) (local.get 0)))`);
  // One parameter at the one branch; nothing is left over on the stack by what came before.
  assert.equal(branchValues, 1);
});

test('shapeOf names the first instruction that changes a table or drops a segment', async () => {
  const three = '(i32.const 0) (i32.const 0) (i32.const 0)';
  for (const [name, body] of [
    ['table.set', '(table.set $t (i32.const 0) (ref.null func))'],
    ['data.drop', '(data.drop $d) (elem.drop $e)'],
    ['elem.drop', '(elem.drop $e)'],
    ['table.init', `(table.init $e ${three})`],
    ['table.copy', `(table.copy ${three})`],
    ['table.grow', '(drop (table.grow $t (ref.null func) (i32.const 0)))'],
    ['table.fill', '(table.fill $t (i32.const 0) (ref.null func) (i32.const 0))'],
    [
      undefined,
      `(memory.init 1 $d ${three}) (memory.fill ${three}) (memory.copy ${three}) (drop (memory.grow (i32.const 0)))
       (drop (table.size $t)) (drop (table.get $t (i32.const 0))) (drop (i32.trunc_sat_f32_s (f32.const 1)))`,
    ],
  ] as const) {
    const { lasting } = await shapeOfText(`(func ${body})`);
    assert.equal(lasting, name);
  }
});

test('checkCore lets in the largest modules at hand', async () => {
  for (const [name, path] of [
    [
      'transpiler',
      '../../../node_modules/@bytecodealliance/jco-transpile/vendor/js-component-bindgen-component.core.wasm',
    ],
    ['adapter', '../../../node_modules/@bytecodealliance/jco/lib/wasi_snapshot_preview1.reactor.wasm'],
  ] as const) {
    const module = await readFile(new URL(path, import.meta.url));
    assert.equal(checkCore(new Map([[name, module]]), { [name]: 1 }).refusal, undefined, name);
  }
});

test('checkCore counts a core module as often as it is instantiated', async () => {
  const module = await parse('(module (memory 1))');
  assert.equal(checkCore(new Map([['m', module]]), { m: 32 }).refusal, undefined);
  assert.deepEqual(checkCore(new Map([['m', module]]), { m: 33 }).refusal, {
    kind: 'size',
    what: '33 memories in one instance, where 32 are let in',
  });
  assert.match(
    checkCore(new Map([['m', await parse('(module)')]]), { m: 501 }).refusal?.what ?? '',
    /^501 core instances/,
  );
});
