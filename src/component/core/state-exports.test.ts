import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { StateOutOfReach, withStateExported } from './state-exports.ts';

async function rewritten(text: string): Promise<WebAssembly.Module> {
  return new WebAssembly.Module(withStateExported(new Uint8Array(await parse(text))));
}

const namesOf = (module: WebAssembly.Module): string[] => WebAssembly.Module.exports(module).map(({ name }) => name);

test('withStateExported exports each memory and mutable global that the module defines, beside its own exports', async () => {
  const module = await rewritten(`(module
    (import "a" "f" (func)) (import "a" "g" (global i32)) (import "a" "m" (memory 1)) (import "a" "t" (table 1 funcref))
    (memory 1) (memory (export "own") 2)
    (global i32 (global.get 0)) (global $a (mut i32) (i32.add (i32.const 5) (i32.const -6)))
    (global v128 (v128.const i64x2 1 2)) (global funcref (ref.func 0)) (global (mut f32) (f32.const 1.5))
    (global $b (mut i64) (i64.const 7)) (global (mut f64) (f64.const 2.5)) (global externref (ref.null extern))
    (tag) (start 1) (func (global.set $b (i64.const 8))) (elem declare func 0) (data "x"))`);
  assert.deepEqual(namesOf(module), [
    'own',
    'sluice:state/2/1',
    'sluice:state/2/2',
    'sluice:state/3/2',
    'sluice:state/3/5',
    'sluice:state/3/6',
    'sluice:state/3/7',
  ]);
  const { exports } = new WebAssembly.Instance(module, {
    a: {
      f: () => {},
      g: new WebAssembly.Global({ value: 'i32' }, 1),
      m: new WebAssembly.Memory({ initial: 1 }),
      t: new WebAssembly.Table({ initial: 1, element: 'anyfunc' }),
    },
  });
  const values = Object.values(exports).map((value) => (value instanceof WebAssembly.Global ? value.value : undefined));
  assert.deepEqual(values.slice(3), [-1, 1.5, 8n, 2.5]);
});

test('withStateExported gives exports to a module that has none, wherever they belong', async () => {
  for (const rest of ['', '(func) (start 0)', '(table 1 funcref) (func) (elem (i32.const 0) func 0)', '(data "")']) {
    assert.deepEqual(namesOf(await rewritten(`(module (memory 1) ${rest})`)), ['sluice:state/2/0'], rest);
  }
  assert.deepEqual(namesOf(await rewritten('(module)')), []);
});

test('withStateExported refuses globals that are no numbers, too many of them, and names that are taken for its own', async () => {
  const many = '(global (mut i32) (i32.const 0))'.repeat(257);
  for (const [text, why] of [
    ['(global (mut v128) (v128.const i64x2 0 0))', /a mutable global that is no number/],
    ['(global (mut funcref) (ref.null func))', /a mutable global that is no number/],
    ['(global (mut externref) (ref.null extern))', /a mutable global that is no number/],
    [many, /257 mutable globals/],
    ['(func (export "sluice:state/2/0"))', /an export that begins with/],
  ] as const) {
    const refusal = { name: StateOutOfReach.name, message: why };
    await assert.rejects(rewritten(`(module ${text})`), refusal, text.slice(0, 60));
  }
});
