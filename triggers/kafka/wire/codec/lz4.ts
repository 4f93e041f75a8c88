import { compressFrameSync, decompressFrameSync } from 'lz4-napi';
import { ByteReader, Malformed } from '../byte-reader.ts';

const MAGIC = 0x184d2204;
const STORED = 0x8000_0000;

/** One LZ4 frame, whose blocks may refer to each other. */
export function lz4Decompress(bytes: Uint8Array, limit: number): Uint8Array {
  if (sizeBound(bytes, limit) > limit) throw new Malformed(`the batch may decompress to more than ${limit} bytes`);
  return decompressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

export function lz4Compress(bytes: Uint8Array): Uint8Array {
  return compressFrameSync(Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength));
}

/**
 * No frame decompresses to more: the decoder takes no limit, so the blocks are counted before
 * (https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md). No byte of a block stands for more than 255.
 */
function sizeBound(bytes: Uint8Array, limit: number): number {
  const reader = new ByteReader(bytes);
  if (reader.littleEndian(4) !== MAGIC) throw new Malformed('it is no LZ4 frame');
  const flags = reader.uint8();
  const greatest = 2 ** (8 + 2 * ((reader.uint8() >>> 4) & 7));
  // The size of the content and the dictionary, if they are told, and the checksum of this header.
  reader.take((flags & 0x08) + (flags & 0x01) * 4 + 1);
  let bound = 0;
  for (let size = reader.littleEndian(4); size !== 0 && bound <= limit; size = reader.littleEndian(4)) {
    const stored = size >= STORED ? size - STORED : size;
    reader.take(stored);
    bound += size >= STORED ? stored : Math.min(greatest, stored * 255);
    if (flags & 0x10) reader.take(4);
  }
  return bound;
}
