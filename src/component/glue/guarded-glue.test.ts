import assert from 'node:assert/strict';
import { test } from 'node:test';
import { guardedGlue } from './guarded-glue.ts';

// What the guards do is shown by integration/sandbox; here, that code of another form is refused rather than left without.

const glue = `export function instantiate(getCoreModule, imports, instantiateCore = WebAssembly.instantiate) {
  const TEXT_DECODER_UTF8 = new TextDecoder();
  const TEXT_ENCODER_UTF8 = new TextEncoder();
  function _checkMayLeave(componentIdx) {
  }
  const _trampoline0 = function(arg0, arg1) {
    var rsc0 = captureTable0.get(rep1);
    if (!rsc0) {
      rsc0 = Object.create(Pollable.prototype);
    }
    var result1 = [];
    for (let i = 0; i < len1; i++) {
    }
    let ret;
    dataView(memory0).setBigInt64(arg1 + 8, toUint64(v1), true);
    dataView(memory0).setInt8(arg1 + 0, 0, true);
  }
  _trampoline0.fnName = 'a';
  function handle(arg0) {
    let ret;
    switch (dataView(memory0).getUint8(ret + 0, true)) {
    }
    var len2 = dataView(memory0).getUint32(ret + 8, true);
    for (let i = 0; i < len2; i++) {
    }
  }
  realloc0 = exports0.cabi_realloc;
}
`;

test('guardedGlue asks at every place where values cross', () => {
  const asked = Array.from(guardedGlue(glue).matchAll(/\$boundary(?: =|\.)(.*)$/gm), ([, what]) => what);
  assert.deepEqual(asked, [
    ' instantiateCore.boundary;',
    'utf8;',
    'encoder;',
    'crossing();',
    'aligned(arg1 >>> 0, 8);',
    "unknownHandle('Pollable');",
    'list(len1);',
    'answer(ret, 4) + 0, true)) {',
    'list(len2);',
    'allocator(exports0.cabi_realloc);',
  ]);
});

const strange: Readonly<Record<string, readonly [from: string, to: string]>> = {
  'decodes text otherwise': ['new TextDecoder()', "new TextDecoder('latin1')"],
  'lifts a list otherwise': ['i < len2; i++', 'i < len2; i += 1'],
  'finds an allocator otherwise': ['realloc0 = exports0.cabi_realloc;', 'realloc0 = exports0["cabi_realloc"] ?? none;'],
  'finds a resource otherwise': ['if (!rsc0) {', 'if (rsc0 === undefined) {'],
  'is instantiated otherwise': ['export function instantiate(', 'export const instantiate = ('],
  'leaves a guest otherwise': ['function _checkMayLeave(', 'const _checkMayLeave = ('],
  'reads an answer otherwise': ['getUint8(ret + 0', 'getUint24(ret + 0'],
};

for (const [what, [from, to]] of Object.entries(strange)) {
  test(`guardedGlue refuses code that ${what}`, () => {
    assert.ok(glue.includes(from));
    assert.throws(() => guardedGlue(glue.replace(from, to)), /in a way that is not known$/);
  });
}
