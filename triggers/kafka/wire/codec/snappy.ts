import { compressSync, uncompressSync } from 'snappy';
import { ByteReader, Malformed } from '../byte-reader.ts';

/** The prefix of Java's clients before their blocks (xerial framing): a magic, a version, the oldest version that can read it. */
const FRAME = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_SIZE = 8;
/** As Java's clients have it. */
const BLOCK_SIZE = 32_768;
const MOST_GROWTH = 22;

/** Snappy in the framing of Java's clients, or bare. */
export function snappyDecompress(bytes: Uint8Array, limit: number): Uint8Array {
  if (!isFramed(bytes)) return decompressBlock(bytes, limit);
  const reader = new ByteReader(bytes);
  reader.position = FRAME.byteLength;
  const blocks: Uint8Array[] = [];
  for (let left = limit; reader.left > 0; left -= blocks.at(-1)?.byteLength ?? 0) {
    blocks.push(decompressBlock(reader.take(reader.int32()), left));
  }
  return Buffer.concat(blocks);
}

/** Snappy in the framing of Java's clients, which all others read. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const parts: Uint8Array[] = [FRAME];
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    const block = compressSync(bytes.subarray(at, at + BLOCK_SIZE));
    const size = Buffer.alloc(4);
    size.writeInt32BE(block.byteLength);
    parts.push(size, block);
  }
  return Buffer.concat(parts);
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.byteLength >= FRAME.byteLength && FRAME.subarray(0, MAGIC_SIZE).every((byte, at) => byte === bytes[at]);
}

function decompressBlock(bytes: Uint8Array, limit: number): Uint8Array {
  const size = new ByteReader(bytes).uvarint();
  // Three bytes stand for at most 64: a larger claim must not cause an allocation.
  if (size > bytes.byteLength * MOST_GROWTH) throw new Malformed(`${bytes.byteLength} bytes claim to be ${size}`);
  if (size > limit) throw new Malformed(`the batch decompresses to more than its limit, by ${size - limit} bytes`);
  // It is text only if asked for.
  return uncompressSync(bytes) as Buffer;
}
