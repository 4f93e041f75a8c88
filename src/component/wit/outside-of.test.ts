import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { functionsIn, outsideOf } from './outside-of.ts';
import { typeText } from './wit-type.ts';

/** Every function of a component's outside, as text. */
async function signaturesOf(wat: string): Promise<readonly string[]> {
  const { imports, exports } = outsideOf(await parse(wat));
  return [...imports, ...exports].flatMap(([name, type]) =>
    [...functionsIn(name, type)].map(([each, type]) => `${name} ${each}: ${typeText(type)}`),
  );
}

test('outsideOf tells the functions of imported interfaces, with the names that their types have', async () => {
  const signatures = await signaturesOf(`(component
    (import "a:b/types" (instance $types
      (export "message" (type $m (sub resource)))
      (type $e (variant (case "other" string))) (export "error" (type (eq $e)))
      (export "[method]message.data" (func (param "self" (borrow $m)) (result (list u8))))))
    (alias export $types "message" (type $message)) (alias export $types "error" (type $error))
    (import "a:b/producer" (instance
      (alias outer 1 $message (type $m)) (export "message" (type $message (eq $m)))
      (alias outer 1 $error (type $e))
      (type $pair (tuple string (option u64)))
      (export "send" (func (param "to" $pair) (param "what" (own $message)) (result (result (error $e)))))))
    (import "now" (func (result u64))))`);
  assert.deepEqual(signatures, [
    'a:b/types [method]message.data: func(self: borrow<message>) -> list<u8>',
    'a:b/producer send: func(to: tuple<string, option<u64>>, what: message) -> result<_, error>',
    'now now: func() -> u64',
  ]);
});

test('outsideOf tells exports that are lifted, made by a component within, or put together', async () => {
  const signatures = await signaturesOf(`(component
    (core module $m (func (export "go") (param i32) (result i32) (i32.const 0)))
    (core instance $i (instantiate $m))
    (func $go (param "x" u32) (result bool) (canon lift (core func $i "go")))
    (component $c (import "f" (func $f (param "x" u32) (result bool))) (export "in" (func $f)))
    (instance $made (instantiate $c (with "f" (func $go))))
    (instance $together (export "run" (func $go)))
    (export "go" (func $go)) (export "a:b/made" (instance $made)) (export "a:b/together" (instance $together)))`);
  assert.deepEqual(signatures, [
    'go go: func(x: u32) -> bool',
    'a:b/made in: func(x: u32) -> bool',
    'a:b/together run: func(x: u32) -> bool',
  ]);
});

test('outsideOf takes any bytes, and tells what it understood before it did not', async () => {
  const whole = await parse('(component (import "a" (func (result u64))) (import "b" (func (result u32))))');
  for (let length = 0; length <= whole.length; length++)
    assert.ok(outsideOf(whole.subarray(0, length)).imports.size <= 2);
  assert.equal(outsideOf(whole.subarray(0, whole.length)).imports.size, 2);
  for (let at = 8; at < whole.length; at++) {
    for (const byte of [0x00, 0x41, 0x42, 0x69, 0x7f, 0x80, 0xff]) {
      const changed = Uint8Array.from(whole);
      changed[at] = byte;
      outsideOf(changed);
    }
  }
});

test('the text of a type has an end, however large the type is', async () => {
  const doubled = Array.from({ length: 60 }, (_, n) => `(type $t${n + 1} (tuple $t${n} $t${n}))`).join('\n');
  const wat = `(component (type $t0 (tuple u8)) ${doubled} (import "f" (func (param "x" $t60))))`;
  const [text = ''] = await signaturesOf(wat);
  assert.ok(text.length < 500 && text.endsWith('…'), text);
});
