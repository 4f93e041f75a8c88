import { Malformed } from '../byte-reader.ts';

/** Bytes that grow at their end, up to a limit: what a compressed block is written to, and what it refers back to. */
export class ByteOutput {
  readonly #limit: number;
  #bytes: Uint8Array;
  #length = 0;

  /** `limit` is in bytes; what would go beyond it throws Malformed. */
  constructor(capacity: number, limit: number) {
    this.#limit = limit;
    this.#bytes = new Uint8Array(Math.min(capacity, limit));
  }

  get length(): number {
    return this.#length;
  }

  byte(value: number): void {
    this.#reserve(1);
    this.#bytes[this.#length++] = value;
  }

  append(bytes: Uint8Array): void {
    this.#reserve(bytes.byteLength);
    this.#bytes.set(bytes, this.#length);
    this.#length += bytes.byteLength;
  }

  /** Repeats `length` bytes that begin `distance` before the end; they may overlap what is written. */
  repeat(distance: number, length: number): void {
    if (distance === 0 || distance > this.#length) throw new Malformed(`compressed data refers ${distance} bytes back`);
    this.#reserve(length);
    const bytes = this.#bytes;
    const end = this.#length + length;
    if (length > 32 && distance >= length) {
      bytes.copyWithin(this.#length, this.#length - distance, this.#length - distance + length);
    } else {
      for (let at = this.#length; at < end; at++) bytes[at] = bytes[at - distance]!;
    }
    this.#length = end;
  }

  /** Writes a number over four bytes that were appended before. */
  setUint32(at: number, value: number, littleEndian: boolean): void {
    new DataView(this.#bytes.buffer).setUint32(at, value, littleEndian);
  }

  /** Takes back what was appended last. */
  truncate(length: number): void {
    this.#length = length;
  }

  view(): Uint8Array {
    return this.#bytes.subarray(0, this.#length);
  }

  #reserve(more: number): void {
    const wanted = this.#length + more;
    if (wanted <= this.#bytes.byteLength) return;
    if (wanted > this.#limit) throw new Malformed(`it decompresses to more than ${this.#limit} bytes`);
    const grown = new Uint8Array(Math.min(Math.max(wanted, this.#bytes.byteLength * 2), this.#limit));
    grown.set(this.view());
    this.#bytes = grown;
  }
}
