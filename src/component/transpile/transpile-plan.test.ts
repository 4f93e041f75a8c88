import assert from 'node:assert/strict';
import { test } from 'node:test';
import { planFor, suspends } from './transpile-plan.ts';

const ENTRY = 'sluice:event/handler@0.1.0#handle';
const imports = ['wasi:io/poll@0.2.6', 'wasi:random/random@0.2.6', 'acme:own/thing@1.0.0'];
const provides = (name: string) =>
  name.startsWith('wasi:io/poll')
    ? { suspends: ['poll', '[method]pollable.block'] }
    : name.startsWith('wasi:random')
      ? { suspends: [] }
      : undefined;

test('planFor suspends in the functions that are called and suspend, and in the entry', () => {
  const called = new Set(['[method]pollable.block', 'get-random-u64']);
  const plan = planFor({ imports, exports: [], called }, provides, ENTRY);
  const suspending = { imports: ['wasi:io/poll@0.2.6#[method]pollable.block'], exports: [ENTRY] };
  assert.deepEqual(plan.asyncMode, { tag: 'jspi', val: suspending });
  assert.ok(suspends(plan));
});

test('planFor leaves a component synchronous that never calls what suspends', () => {
  const plan = planFor({ imports, exports: [], called: new Set(['get-random-u64']) }, provides, ENTRY);
  assert.ok(!suspends(plan));
});

test('planFor keeps the full name of every import', () => {
  const plan = planFor({ imports: ['a:b/c@1.0.0', 'a:b/c@2.0.0'], exports: [], called: new Set() }, provides, ENTRY);
  assert.deepEqual(plan.map, [
    ['a:b/c@1.0.0', 'a:b/c@1.0.0'],
    ['a:b/c@2.0.0', 'a:b/c@2.0.0'],
  ]);
});
