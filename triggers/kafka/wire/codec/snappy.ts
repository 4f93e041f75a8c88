import { ByteReader, Malformed } from '../byte-reader.ts';
import { ByteOutput } from './byte-output.ts';
import { BLOCK_SIZE, findMatches } from './lz-matches.ts';

/** What Java's clients put before their blocks (xerial framing): a magic, a version, the oldest version that can read it. */
const FRAME = Uint8Array.of(0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0, 0, 0, 0, 1, 0, 0, 0, 1);
const MAGIC_SIZE = 8;

/** Snappy in Java's framing, or bare. */
export function snappyDecompress(bytes: Uint8Array, limit: number): Uint8Array {
  const output = new ByteOutput(bytes.byteLength * 3, limit);
  if (!isFramed(bytes)) {
    decompressBlock(bytes, output);
    return output.view();
  }
  const reader = new ByteReader(bytes);
  reader.position = FRAME.byteLength;
  while (reader.left > 0) decompressBlock(reader.take(reader.int32()), output);
  return output.view();
}

/** Snappy in Java's framing, which every client reads. */
export function snappyCompress(bytes: Uint8Array): Uint8Array {
  const output = new ByteOutput(64 + bytes.byteLength, Infinity);
  output.append(FRAME);
  for (let at = 0; at < bytes.byteLength; at += BLOCK_SIZE) {
    const sizeAt = output.length;
    output.append(new Uint8Array(4));
    compressBlock(bytes.subarray(at, at + BLOCK_SIZE), output);
    output.setUint32(sizeAt, output.length - sizeAt - 4, false);
  }
  return output.view();
}

function isFramed(bytes: Uint8Array): boolean {
  return bytes.byteLength >= FRAME.byteLength && FRAME.subarray(0, MAGIC_SIZE).every((byte, at) => byte === bytes[at]);
}

function decompressBlock(bytes: Uint8Array, output: ByteOutput): void {
  const reader = new ByteReader(bytes);
  const size = reader.uvarint();
  const begin = output.length;
  while (reader.left > 0) {
    const tag = reader.uint8();
    const rest = tag >>> 2;
    switch (tag & 3) {
      case 0:
        output.append(reader.take(1 + (rest < 60 ? rest : reader.littleEndian(rest - 59))));
        break;
      case 1:
        output.repeat(((tag >>> 5) << 8) | reader.uint8(), 4 + (rest & 7));
        break;
      case 2:
        output.repeat(reader.littleEndian(2), 1 + rest);
        break;
      default:
        output.repeat(reader.littleEndian(4), 1 + rest);
    }
  }
  if (output.length - begin !== size) throw new Malformed(`snappy claims ${size} bytes, and has ${output.length - begin}`);
}

function compressBlock(block: Uint8Array, output: ByteOutput): void {
  let size = block.byteLength;
  for (; size >= 0x80; size >>>= 7) output.byte(0x80 | (size & 0x7f));
  output.byte(size);
  const left = findMatches(block, block.byteLength - 3, block.byteLength, (literals, at, distance, length) => {
    literal(block.subarray(literals, at), output);
    for (let todo = length; todo > 0; todo -= 64) {
      output.byte(((Math.min(todo, 64) - 1) << 2) | 2);
      output.byte(distance & 0xff);
      output.byte(distance >>> 8);
    }
  });
  literal(block.subarray(left), output);
}

function literal(bytes: Uint8Array, output: ByteOutput): void {
  const size = bytes.byteLength - 1;
  if (size < 0) return;
  if (size < 60) {
    output.byte(size << 2);
  } else {
    output.byte(61 << 2);
    output.byte(size & 0xff);
    output.byte(size >>> 8);
  }
  output.append(bytes);
}
