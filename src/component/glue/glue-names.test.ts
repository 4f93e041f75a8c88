import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { isWitName, unsafeNameIn } from './glue-names.ts';

test('isWitName admits plain names and interfaces', () => {
  const names = ['greet', 'handle-batch', 'my-HTTP-call', 'wasi:io/streams@0.2.6', 'wasi:keyvalue/store@0.2.0-draft'];
  for (const name of [...names, 'fermyon:spin/inbound-redis', 'a:b/c@1.0.0+build.5']) assert.ok(isWitName(name), name);
});

test('isWitName refuses what is no name of WIT', () => {
  const names = [
    '',
    '__proto__',
    "it's",
    'a b',
    'url=<https://a.example/b>',
    'unlocked-dep=<a:b@*>',
    'a:b/c@1.0.0"',
    'a:b/c@',
  ];
  for (const name of [...names, 'greet\n', '-a', 'a--b', 'wasi:io']) assert.ok(!isWitName(name), name);
});

async function unsafe(text: string): Promise<string | undefined> {
  return unsafeNameIn(new WebAssembly.Module(new Uint8Array(await parse(`(module ${text})`))));
}

test('unsafeNameIn admits the names that toolchains make', async () => {
  const names = [
    'cabi_post_sluice:event/handler@0.1.0#handle',
    '[method]output-stream.write',
    '',
    '0',
    '$imports',
    '_ZN4core3fmtE',
  ];
  for (const name of [...names, '<T as core::fmt::Debug>::fmt', 'caf\u00e9', 'cm32p2|wasi:cli/stdout@0.2|get-stdout']) {
    assert.equal(await unsafe(`(func (export "${name}"))`), undefined, name);
  }
});

test('unsafeNameIn finds names that would end a string of generated code, in exports and imports', async () => {
  for (const escaped of [`'`, '\\"', '`', '\\\\', '\\n', '\\r', '\\00', '\\u{2028}', '\\u{202e}']) {
    assert.notEqual(await unsafe(`(func (export "safe")) (func (export "x${escaped}y"))`), undefined, escaped);
    assert.notEqual(await unsafe(`(import "x${escaped}y" "safe" (func))`), undefined, escaped);
    assert.notEqual(await unsafe(`(import "safe" "x${escaped}y" (func))`), undefined, escaped);
  }
  assert.equal(await unsafe('(func (export "__proto__"))'), '__proto__');
});
