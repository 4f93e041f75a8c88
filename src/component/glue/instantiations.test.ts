import assert from 'node:assert/strict';
import { test } from 'node:test';
import { instantiationsIn } from './instantiations.ts';

const glue = `
  const module0 = getCoreModule('component.core.wasm');
  const module1 = getCoreModule('component.core2.wasm');
    ({ exports: exports0 } = yield instantiateCore(yield module1));
    ({ exports: exports1 } = yield instantiateCore(yield module0, {
    }));
    ({ exports: exports2 } = yield instantiateCore(yield module1));
`;
const names = ['component.core.wasm', 'component.core2.wasm'];

test('instantiationsIn counts how often each core module is instantiated', () => {
  assert.deepEqual(instantiationsIn(glue, names), { 'component.core.wasm': 1, 'component.core2.wasm': 2 });
});

test('instantiationsIn refuses code that instantiates in another way, since that would not be limited', () => {
  assert.throws(() => instantiationsIn(`${glue}\n await instantiateCore(module0)`, names), /not known/);
  assert.throws(() => instantiationsIn(glue, names.slice(1)), /no core module module0/);
});
