import { promisify } from 'node:util';
import {
  gunzip,
  gunzipSync,
  gzip,
  gzipSync,
  zstdCompress,
  zstdCompressSync,
  zstdDecompress,
  zstdDecompressSync,
} from 'node:zlib';
import { Malformed } from '../byte-reader.ts';
import { lz4Compress, lz4Decompress } from './lz4.ts';
import { snappyCompress, snappyDecompress } from './snappy.ts';

/** How a batch names its compression, in the lowest three bits of its attributes. */
export const codecs = { none: 0, gzip: 1, snappy: 2, lz4: 3, zstd: 4 } as const;

/** No batch may decompress to more, by default: 256 MiB. */
export const DECOMPRESSED_LIMIT = 256 * 2 ** 20;

/** From this many compressed bytes on, zlib works in another thread; decompressing less is faster than handing it over. */
const LARGE = 65_536;

const inThread = {
  gzip: promisify(gzip),
  gunzip: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(gunzip),
  zstd: promisify(zstdCompress),
  unzstd: promisify<Uint8Array, { maxOutputLength: number }, Buffer>(zstdDecompress),
};

/** Throws or rejects for an unknown codec, damaged data, and more than `limit` bytes. */
export function decompress(
  codec: number,
  bytes: Uint8Array,
  limit = DECOMPRESSED_LIMIT,
): Uint8Array | Promise<Uint8Array> {
  const large = bytes.byteLength >= LARGE;
  const bounds = { maxOutputLength: limit };
  switch (codec) {
    case codecs.none:
      return bytes;
    case codecs.gzip:
      return large ? inThread.gunzip(bytes, bounds) : gunzipSync(bytes, bounds);
    case codecs.snappy:
      return snappyDecompress(bytes, limit);
    case codecs.lz4:
      return lz4Decompress(bytes, limit);
    case codecs.zstd:
      return large ? inThread.unzstd(bytes, bounds) : zstdDecompressSync(bytes, bounds);
    default:
      throw new Malformed(`the compression ${codec} is not known`);
  }
}

export function compress(codec: number, bytes: Uint8Array): Uint8Array | Promise<Uint8Array> {
  const large = bytes.byteLength >= LARGE;
  switch (codec) {
    case codecs.none:
      return bytes;
    case codecs.gzip:
      return large ? inThread.gzip(bytes) : gzipSync(bytes);
    case codecs.snappy:
      return snappyCompress(bytes);
    case codecs.lz4:
      return lz4Compress(bytes);
    case codecs.zstd:
      return large ? inThread.zstd(bytes) : zstdCompressSync(bytes);
    default:
      throw new TypeError(`compression must be 0 to 4, got ${codec}`);
  }
}
