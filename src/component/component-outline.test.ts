import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { outlineOf } from './component-outline.ts';
import { MalformedWasm } from './wasm-reader.ts';

const outlineOfText = async (wat: string) => outlineOf(await parse(wat));

test('outlineOf finds imported interfaces, functions and types by their full names', async () => {
  const { imports } = await outlineOfText(`(component
    (import "wasi:io/streams@0.2.6" (instance (export "f" (func))))
    (import "my-log" (func (param "line" string)))
    (import "handle" (type (sub resource)))
    (type $number u32)
    (import "count" (type (eq $number)))
    (import "last:one/here" (instance)))`);
  assert.deepEqual(imports, ['wasi:io/streams@0.2.6', 'my-log', 'handle', 'count', 'last:one/here']);
});

test('outlineOf finds exported interfaces and functions, and leaves types out', async () => {
  const { exports } = await outlineOfText(`(component
    (import "f" (func $f (result u32)))
    (import "a:b/c@1.0.0" (instance $i))
    (type $number u32)
    (export "number" (type $number))
    (export "go" (func $f) (func (result u32)))
    (export "a:b/d@2.0.0" (instance $i)))`);
  assert.deepEqual(exports, ['go', 'a:b/d@2.0.0']);
});

test('outlineOf finds functions that are called, also in components within', async () => {
  const { called, imports } = await outlineOfText(`(component
    (import "a:b/c@1.0.0" (instance $i (export "outer" (func)) (export "never" (func)) (export "kind" (type (sub resource)))))
    (alias export $i "outer" (func $outer))
    (alias export $i "kind" (type $kind))
    (component $within
      (import "x" (instance $x (export "inner" (func))))
      (component (alias outer 1 0 (type)))
      (alias export $x "inner" (func $inner))))`);
  assert.deepEqual([...called].toSorted(), ['inner', 'outer']);
  assert.deepEqual(imports, ['a:b/c@1.0.0']);
});

test('outlineOf refuses a component that ends in the middle of a section', async () => {
  const whole = await parse('(component (import "a:b/c@1.0.0" (instance (export "f" (func)))))');
  for (let length = 9; length < whole.length; length++) {
    // Cut between two sections it is whole as far as it goes; the transpiler sees what is missing.
    const cut = whole.subarray(0, length);
    try {
      outlineOf(cut);
    } catch (thrown) {
      assert.ok(thrown instanceof MalformedWasm);
    }
  }
  assert.throws(() => outlineOf(whole.subarray(0, whole.length - 1)), MalformedWasm);
  assert.throws(() => outlineOf(whole.subarray(0, 7)), MalformedWasm);
});

test('outlineOf refuses a file of endless tiny sections before it takes long', () => {
  const preamble = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];
  const zeros = new Uint8Array(10 * 2 ** 20);
  zeros.set(preamble);
  assert.throws(() => outlineOf(zeros), { message: 'it has more than 100000 sections and items' });
});

test('outlineOf takes components nested deeper than any stack', () => {
  const preamble = [0, 0x61, 0x73, 0x6d, 0x0d, 0, 1, 0];
  let nested = Uint8Array.from(preamble);
  for (let depth = 0; depth < 2000; depth++) {
    const size = nested.length;
    const header = [4, 0x80 | (size & 0x7f), 0x80 | ((size >> 7) & 0x7f), size >> 14];
    nested = Uint8Array.from([...preamble, ...header, ...nested]);
  }
  assert.deepEqual(outlineOf(nested).imports, []);
});
