import assert from 'node:assert/strict';
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import test from 'node:test';

const root = join(import.meta.dirname, '..');

/** An example runs alone, so it has its own copy of what all of them use. */
const copies = {
  'wit/event.wit': 'examples/*/wit/deps/sluice/event.wit',
  'examples/orders/guest/event.ts': 'examples/*/guest/event.ts',
  'examples/orders/guest/text-encoding.ts': 'examples/*/guest/text-encoding.ts',
};

for (const [original, pattern] of Object.entries(copies)) {
  test(`the copies of ${original} in the examples are the same`, () => {
    const wanted = readFileSync(join(root, original), 'utf8');
    const found = globSync(pattern, { cwd: root });
    assert.ok(found.length >= 3);
    for (const copy of found) assert.equal(readFileSync(join(root, copy), 'utf8'), wanted, copy);
  });
}
