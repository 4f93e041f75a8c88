import assert from 'node:assert/strict';
import { test } from 'node:test';
import { OutputTooLarge } from '../../component/glue/glue-boundary.ts';
import { limitLifting } from './lift-limit.ts';

// Changes this process, which has no other test.
limitLifting(256 * 2 ** 20);
const memory = new ArrayBuffer(8 * 2 ** 20);

test('limitLifting lets any amount pass that is let go of', () => {
  let bytes = 0;
  for (let n = 0; n < 200; n++) bytes += memory.slice(0, memory.byteLength).byteLength;
  assert.equal(bytes, 200 * memory.byteLength);
});

test('limitLifting refuses to hold more than its limit', () => {
  const held: ArrayBuffer[] = [];
  assert.throws(() => {
    for (let n = 0; n < 100; n++) held.push(memory.slice(0, memory.byteLength));
  }, OutputTooLarge);
  assert.ok(held.length > 10 && held.length < 40, `${held.length} pieces of 8 MiB`);
});

test('limitLifting leaves slice as it is in all else', () => {
  const bytes = Uint8Array.of(1, 2, 3, 4).buffer;
  assert.deepEqual(new Uint8Array(bytes.slice(1, 3)), Uint8Array.of(2, 3));
  assert.deepEqual(new Uint8Array(bytes.slice(-1)), Uint8Array.of(4));
  assert.deepEqual(new Uint8Array(bytes.slice(0)), Uint8Array.of(1, 2, 3, 4));
});

test('limitLifting refuses a list that lies outside of memory', () => {
  const bytes = new ArrayBuffer(10);
  assert.throws(() => bytes.slice(5, 11), RangeError);
  assert.throws(() => bytes.slice(0xffff_0000, 0xffff_000a), RangeError);
});
