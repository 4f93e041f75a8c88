import assert from 'node:assert/strict';
import { test } from 'node:test';
import { parse } from '@bytecodealliance/jco-transpile/wasm-tools';
import { withoutCustomSections } from './custom-sections.ts';

test('withoutCustomSections leaves out the sections of the component, and keeps those of modules within it', async () => {
  const inner = '(core module (@custom "inner" "kept") (func))';
  const component = await parse(`(component (@custom "a" "gone") ${inner} (import "f" (func)) (@custom "b" "gone"))`);
  const stripped = Buffer.from(withoutCustomSections(component));
  assert.ok(stripped.includes('kept'));
  assert.ok(!stripped.includes('gone'));
  assert.deepEqual(Buffer.from(withoutCustomSections(stripped)), stripped);
});
