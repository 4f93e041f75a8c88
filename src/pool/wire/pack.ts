import type { Header } from '../../event.ts';

/** Offsets are computed with 32-bit operations. */
const LONGEST_BUFFER = 2 ** 30;
/** A header in its table: offset and length of the name, then of the value. */
export const HEADER_RECORD = 16;

/**
 * Writes fixed-size little-endian records and the byte ranges that they refer to. A range is an offset from the start of the buffer and a
 * length, u32 each, as the canonical ABI has an address and a length: a reader that knows the layout needs no parsing, and can copy a range
 * into a guest's memory as it is. Strings are UTF-8; a lone surrogate becomes U+FFFD.
 *
 * A buffer that is too small is replaced, so take it from `buffer` when everything is written; a shared one is not replaced. Throws a
 * RangeError when there is no room.
 */
export class PackWriter {
  #buffer: ArrayBuffer | SharedArrayBuffer;
  #view: DataView;
  #bytes: Buffer;
  #end: number;

  /** The first `used` bytes are taken. */
  constructor(buffer: ArrayBuffer | SharedArrayBuffer, used: number) {
    this.#buffer = buffer;
    this.#view = new DataView(buffer);
    this.#bytes = Buffer.from(buffer);
    this.#end = used;
    this.#makeRoom(used);
  }

  get buffer(): ArrayBuffer | SharedArrayBuffer {
    return this.#buffer;
  }

  /** For the fields of records. Replaced whenever something is appended. */
  get view(): DataView {
    return this.#view;
  }

  /** Bytes in use. */
  get end(): number {
    return this.#end;
  }

  /** Discards what was written after `end`. */
  rewind(end: number): void {
    this.#end = end;
  }

  /** Appends room for a record or several, aligned to 8, and returns its offset. What is in it is unknown. */
  record(length: number): number {
    const offset = (this.#end + 7) & ~7;
    this.#makeRoom(offset + length);
    this.#end = offset + length;
    return offset;
  }

  /** Appends a string and notes its range at `field`. */
  text(field: number, value: string): void {
    // A UTF-16 code unit takes three bytes at most.
    this.#makeRoom(this.#end + value.length * 3);
    this.range(field, this.#end, value.length === 0 ? 0 : this.#bytes.write(value, this.#end, 'utf8'));
  }

  /** Appends bytes and notes their range at `field`. */
  data(field: number, value: Uint8Array): void {
    this.#makeRoom(this.#end + value.byteLength);
    this.#bytes.set(value, this.#end);
    this.range(field, this.#end, value.byteLength);
  }

  /** Appends room for a table, notes its offset and number of rows at `field`, and returns the offset. */
  table(field: number, rows: number, rowLength: number): number {
    const offset = this.record(rows * rowLength);
    this.#view.setUint32(field, offset, true);
    this.#view.setUint32(field + 4, rows, true);
    return offset;
  }

  /** Appends two lists of headers as one table and notes it at `field`. */
  headers(field: number, first: readonly Header[], second: readonly Header[] = []): void {
    let row = this.table(field, first.length + second.length, HEADER_RECORD);
    for (const headers of [first, second]) {
      for (const [name, value] of headers) {
        this.text(row, name);
        this.text(row + 8, value);
        row += HEADER_RECORD;
      }
    }
  }

  /** Notes a range at `field`: one that was written before, or what was just written at the end. */
  range(field: number, offset: number, length: number): void {
    this.#view.setUint32(field, offset, true);
    this.#view.setUint32(field + 4, length, true);
    this.#end = Math.max(this.#end, offset + length);
  }

  #makeRoom(wanted: number): void {
    if (wanted <= this.#buffer.byteLength) return;
    if (wanted > LONGEST_BUFFER || this.#buffer instanceof SharedArrayBuffer) {
      throw new RangeError(`${wanted} bytes cannot be packed`);
    }
    this.#buffer = this.#buffer.transfer(Math.min(LONGEST_BUFFER, Math.max(wanted, this.#buffer.byteLength * 2)));
    this.#view = new DataView(this.#buffer);
    this.#bytes = Buffer.from(this.#buffer);
  }
}

/**
 * Reads what PackWriter wrote. Bytes are views on the buffer, not copies. Throws a RangeError where a range lies outside of it, or when more than
 * `mostBytes` are read in all: untrusted ranges may overlap.
 */
export class PackReader {
  readonly buffer: ArrayBuffer;
  readonly view: DataView;
  readonly bytes: Buffer;

  #left: number;

  constructor(buffer: ArrayBuffer, mostBytes = Infinity) {
    this.buffer = buffer;
    this.#left = mostBytes;
    this.view = new DataView(buffer);
    this.bytes = Buffer.from(buffer);
  }

  /** The string whose range is noted at `field`. */
  text(field: number): string {
    const offset = this.view.getUint32(field, true);
    const length = this.view.getUint32(field + 4, true);
    this.spend(length);
    if (offset + length > this.buffer.byteLength) throw new RangeError('a text lies outside of its batch');
    return length === 0 ? '' : this.bytes.toString('utf8', offset, offset + length);
  }

  /** The bytes whose range is noted at `field`. */
  data(field: number): Uint8Array {
    const length = this.view.getUint32(field + 4, true);
    this.spend(length);
    return new Uint8Array(this.buffer, this.view.getUint32(field, true), length);
  }

  /** The headers whose table is noted at `field`. */
  headers(field: number): Header[] {
    const table = this.view.getUint32(field, true);
    const length = this.view.getUint32(field + 4, true) * HEADER_RECORD;
    this.spend(length);
    const end = table + length;
    const headers: Header[] = [];
    for (let row = table; row < end; row += HEADER_RECORD) headers.push([this.text(row), this.text(row + 8)]);
    return headers;
  }

  /** Counts bytes that are about to be read. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new RangeError('a batch refers to more than it holds');
  }
}
