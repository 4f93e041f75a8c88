import assert from 'node:assert/strict';
import { test } from 'node:test';
import { crc32c } from './crc32c.ts';
import { bytes, seeded } from './testing/random-records.ts';

test('crc32c gives what RFC 3720 tells of known bytes', () => {
  assert.equal(crc32c(new Uint8Array(32)), 0x8a9136aa);
  assert.equal(crc32c(new Uint8Array(32).fill(0xff)), 0x62a8ab43);
  assert.equal(crc32c(Uint8Array.from({ length: 32 }, (_, at) => at)), 0x46dd794e);
  assert.equal(crc32c(Buffer.from('123456789')), 0xe3069283);
});

test('crc32c gives the same at any length and alignment as bit by bit', () => {
  const noise = bytes(seeded(1), 100);
  for (let begin = 0; begin < 20; begin++) {
    for (let end = begin; end < 100; end += 7) {
      assert.equal(crc32c(noise.subarray(begin, end)), bitwise(noise.subarray(begin, end)));
    }
  }
});

function bitwise(bytes: Uint8Array): number {
  let crc = -1;
  for (const byte of bytes) {
    crc ^= byte;
    for (let bit = 0; bit < 8; bit++) crc = crc & 1 ? (crc >>> 1) ^ 0x82f63b78 : crc >>> 1;
  }
  return ~crc >>> 0;
}
