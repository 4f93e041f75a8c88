import { ByteReader, Malformed } from '../byte-reader.ts';
import { ByteOutput } from './byte-output.ts';
import { BLOCK_SIZE, findMatches } from './lz-matches.ts';

/** Magic, version 1 with independent blocks of at most 64 KiB and no checksums (the batch has its own), and the checksum of these two bytes. */
const HEADER = Uint8Array.of(0x04, 0x22, 0x4d, 0x18, 0x60, 0x40, 0x82);
const MAGIC = 0x184d2204;
const STORED = 0x8000_0000;
const MIN_MATCH = 4;

/** LZ4 frames; their blocks may refer to each other. Checksums are left to the batch. */
export function lz4Decompress(bytes: Uint8Array, limit: number): Uint8Array {
  const output = new ByteOutput(bytes.byteLength * 3, limit);
  const reader = new ByteReader(bytes);
  do {
    const { blockChecksums, contentChecksum } = readFrameHeader(reader);
    for (let size = reader.littleEndian(4); size !== 0; size = reader.littleEndian(4)) {
      if (size >= STORED) output.append(reader.take(size - STORED));
      else decompressBlock(new ByteReader(reader.take(size)), output);
      if (blockChecksums) reader.take(4);
    }
    if (contentChecksum) reader.take(4);
  } while (reader.left > 0);
  return output.view();
}

export function lz4Compress(bytes: Uint8Array): Uint8Array {
  const output = new ByteOutput(64 + bytes.byteLength, Infinity);
  output.append(HEADER);
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    const block = bytes.subarray(at, at + BLOCK_SIZE);
    const sizeAt = output.length;
    output.append(new Uint8Array(4));
    compressBlock(block, output);
    const size = output.length - sizeAt - 4;
    if (size < block.byteLength) {
      output.setUint32(sizeAt, size, true);
    } else {
      output.setUint32(sizeAt, STORED + block.byteLength, true);
      output.truncate(sizeAt + 4);
      output.append(block);
    }
  }
  output.append(new Uint8Array(4));
  return output.view();
}

function readFrameHeader(reader: ByteReader): { blockChecksums: boolean; contentChecksum: boolean } {
  if (reader.littleEndian(4) !== MAGIC) throw new Malformed('it is no LZ4 frame');
  const flags = reader.uint8();
  if (flags >>> 6 !== 1) throw new Malformed(`LZ4 frames of version ${flags >>> 6} are not known`);
  if (flags & 1) throw new Malformed('it needs an LZ4 dictionary');
  // The greatest size of a block, the size of the content if it is told, and the checksum of these.
  reader.take(1 + (flags & 8) + 1);
  return { blockChecksums: (flags & 16) !== 0, contentChecksum: (flags & 4) !== 0 };
}

function decompressBlock(reader: ByteReader, output: ByteOutput): void {
  while (reader.left > 0) {
    const token = reader.uint8();
    output.append(reader.take(extended(reader, token >>> 4)));
    // The last step of a block has no match.
    if (reader.left === 0) return;
    const distance = reader.littleEndian(2);
    output.repeat(distance, MIN_MATCH + extended(reader, token & 15));
  }
}

/** A length of 15 goes on in the next bytes, until one is not 255. */
function extended(reader: ByteReader, nibble: number): number {
  let length = nibble;
  for (let more = nibble === 15 ? 255 : 0; more === 255; length += more) more = reader.uint8();
  return length;
}

/** The format wants the last five bytes as they are, and the last match to begin at least twelve before the end. */
function compressBlock(block: Uint8Array, output: ByteOutput): void {
  const size = block.byteLength;
  const left = findMatches(block, size - 12, size - 5, (literals, at, distance, length) => {
    step(block.subarray(literals, at), length - MIN_MATCH, output, distance);
  });
  step(block.subarray(left), 0, output);
}

function step(literals: Uint8Array, match: number, output: ByteOutput, distance?: number): void {
  output.byte((Math.min(literals.byteLength, 15) << 4) | Math.min(match, 15));
  extend(literals.byteLength, output);
  output.append(literals);
  if (distance === undefined) return;
  output.byte(distance & 0xff);
  output.byte(distance >>> 8);
  extend(match, output);
}

function extend(length: number, output: ByteOutput): void {
  if (length < 15) return;
  let rest = length - 15;
  for (; rest >= 255; rest -= 255) output.byte(255);
  output.byte(rest);
}
