import { cachedText } from './bytes-memo.ts';

/** Bytes that violate the protocol. A read past the end throws a RangeError. */
export class Malformed extends Error {
  override readonly name = 'Malformed';
}

/**
 * Walks over bytes of Kafka's protocol: big-endian numbers, zigzag varints. It returns views, not copies.
 *
 * 64-bit numbers come as JavaScript numbers, exact up to 2^53: offsets stay below that, and a timestamp beyond it is in nanoseconds.
 */
export class ByteReader {
  readonly bytes: Uint8Array;
  position = 0;
  readonly #view: DataView;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
    this.#view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  get left(): number {
    return this.bytes.byteLength - this.position;
  }

  int8(): number {
    return this.#view.getInt8(this.position++);
  }

  uint8(): number {
    return this.#view.getUint8(this.position++);
  }

  int16(): number {
    const value = this.#view.getInt16(this.position);
    this.position += 2;
    return value;
  }

  int32(): number {
    const value = this.#view.getInt32(this.position);
    this.position += 4;
    return value;
  }

  int64(): number {
    const value = this.#view.getInt32(this.position) * 2 ** 32 + this.#view.getUint32(this.position + 4);
    this.position += 8;
    return value;
  }

  bigInt64(): bigint {
    const value = this.#view.getBigInt64(this.position);
    this.position += 8;
    return value;
  }

  /** An unsigned number of one to four bytes, least significant first, as in compressed data. */
  littleEndian(size: number): number {
    let value = 0;
    for (let n = 0; n < size; n++) value += this.uint8() * 2 ** (8 * n);
    return value;
  }

  /** A signed 32-bit number in one to five bytes. */
  varint(): number {
    const raw = this.uvarint();
    return (raw >>> 1) ^ -(raw & 1);
  }

  /** An unsigned 32-bit number in one to five bytes. */
  uvarint(): number {
    let byte = this.#view.getUint8(this.position++);
    let raw = byte & 0x7f;
    for (let shift = 7; byte >= 0x80; shift += 7) {
      if (shift > 28) throw new Malformed('a 32-bit number has more than 5 bytes');
      byte = this.#view.getUint8(this.position++);
      raw |= (byte & 0x7f) << shift;
    }
    return raw >>> 0;
  }

  /** A signed 64-bit number in one to ten bytes. */
  varlong(): number {
    let byte = this.#view.getUint8(this.position++);
    let raw = byte & 0x7f;
    for (let place = 2 ** 7; byte >= 0x80; place *= 2 ** 7) {
      if (place > 2 ** 63) throw new Malformed('a 64-bit number has more than 10 bytes');
      byte = this.#view.getUint8(this.position++);
      raw += (byte & 0x7f) * place;
    }
    return raw % 2 === 0 ? raw / 2 : -(raw + 1) / 2;
  }

  /** A view of the next bytes. */
  take(length: number): Uint8Array {
    this.#need(length);
    const { buffer, byteOffset } = this.bytes;
    const taken = new Uint8Array(buffer, byteOffset + this.position, length);
    this.position += length;
    return taken;
  }

  /** UTF-8. */
  text(length: number): string {
    const begin = this.position;
    this.#need(length);
    this.position += length;
    return cachedText(this.bytes, begin, this.position);
  }

  /** A view of bytes with a varint length before them; null for a length of -1. */
  varBytes(): Uint8Array | null {
    const length = this.varint();
    return length === -1 ? null : this.take(length);
  }

  /** Text with a length of two bytes before it. */
  string(): string {
    return this.text(this.int16());
  }

  #need(length: number): void {
    if (length < 0 || length > this.left) throw new RangeError(`${length} bytes wanted, ${this.left} there`);
  }
}
