import assert from 'node:assert/strict';
import { test } from 'node:test';
import { compressSync } from 'snappy';
import { bytes, seeded } from '../testing/random-records.ts';
import { codecs, compress, decompress } from './codec.ts';

const compressing = Object.entries(codecs).filter(([name]) => name !== 'none');

for (const [name, codec] of compressing) {
  test(`decompress gives back what compress took: ${name}`, async () => {
    const noise = bytes(seeded(codec), 150_000);
    const inputs = [0, 1, 5, 100, 65_536, 150_000].flatMap((size) => [
      noise.subarray(0, size),
      Buffer.alloc(size, 'ab'),
    ]);
    for (const plain of inputs) {
      assert.deepEqual(Buffer.from(await decompress(codec, await compress(codec, plain))), Buffer.from(plain));
    }
  });

  test(`decompress refuses what grows beyond its limit: ${name}`, async () => {
    for (const size of [300_000, 80_000_000]) {
      const bomb = await compress(codec, Buffer.alloc(size));
      await assert.rejects(async () => decompress(codec, bomb, 200_000), /larger than 200000 bytes|more than/);
    }
  });

  test(`decompress refuses data that is cut short: ${name}`, async () => {
    const whole = await compress(codec, bytes(seeded(9), 3000));
    for (const size of [0, 5, 100, whole.byteLength - 1]) {
      await assert.rejects(async () => decompress(codec, whole.subarray(0, size)), `${size} bytes`);
    }
  });
}

test('decompress allocates nothing for a few bytes of Snappy that claim to be many', async () => {
  const claim = Buffer.from([0xff, 0xff, 0xff, 0x7f, 0]); // 256 MiB, less one
  await assert.rejects(async () => decompress(codecs.snappy, claim), /5 bytes claim to be 268435455/);
});

test('decompress reads Snappy without the framing of Java clients', async () => {
  const plain = Buffer.alloc(100_000, 'bare');
  assert.deepEqual(await decompress(codecs.snappy, compressSync(plain)), plain);
});

test('decompress reads LZ4 frames whose blocks refer to each other, with and without the size of the content', async () => {
  for (const flags of [0x40, 0x48]) {
    assert.equal(await linkedFrame(flags), 'abcdefghijklmnopabcdefghijklmnopthe end');
  }
});

test('compress and decompress refuse a codec that Kafka does not have', () => {
  assert.throws(() => decompress(5, new Uint8Array(1)), /compression 5 is not known/);
  assert.throws(() => compress(5, new Uint8Array(1)), TypeError);
});

/** Its second block repeats the first. The checksum of the header is one of 256. */
async function linkedFrame(flags: number): Promise<string> {
  const size = flags & 0x08 ? [39, 0, 0, 0, 0, 0, 0, 0] : [];
  const first = [16, 0, 0, 0x80, ...Buffer.from('abcdefghijklmnop')];
  const second = [11, 0, 0, 0, 0x0c, 16, 0, 0x70, ...Buffer.from('the end')];
  for (let checksum = 0; checksum < 256; checksum++) {
    const header = [0x04, 0x22, 0x4d, 0x18, flags, 0x40, ...size, checksum];
    const plain = await attempt(Uint8Array.of(...header, ...first, ...second, 0, 0, 0, 0));
    if (plain !== undefined) return Buffer.from(plain).toString();
  }
  throw new Error('no checksum of the header is right');
}

async function attempt(frame: Uint8Array): Promise<Uint8Array | undefined> {
  try {
    return await decompress(codecs.lz4, frame);
  } catch {
    return undefined;
  }
}
