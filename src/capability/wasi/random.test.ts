import assert from 'node:assert/strict';
import { test } from 'node:test';
import { LoneInstance } from '../testing/lone-instance.ts';
import { wasi } from './wasi.ts';

interface Random {
  getRandomBytes(length: bigint): Uint8Array;
  getRandomU64(): bigint;
}

async function bound(): Promise<Random> {
  // What generated code calls.
  return (await wasi.bind('wasi:random/random@0.2.0', new LoneInstance())) as Random;
}

test('wasi:random gives the requested number of bytes, and different ones each time', async () => {
  const random = await bound();
  assert.equal(random.getRandomBytes(0n).length, 0);
  assert.notDeepEqual(random.getRandomBytes(32n), random.getRandomBytes(32n));
  assert.notEqual(random.getRandomU64(), random.getRandomU64());
});

test('wasi:random refuses to fill the host’s memory', async () => {
  const random = await bound();
  assert.throws(() => random.getRandomBytes(2n ** 20n + 1n), /at most 1048576 random bytes/);
});
