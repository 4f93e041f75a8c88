import type { Header } from '../../event.ts';
import { HEADER_RECORD } from './pack-writer.ts';

/**
 * Reads what PackWriter wrote. Bytes are views on the buffer, not copies. Throws a RangeError where a range lies outside of it, or when what
 * is read is more than `mostBytes` in all: ranges that a stranger wrote may overlap.
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

  /** So many bytes of it are about to be read. */
  spend(bytes: number): void {
    this.#left -= bytes;
    if (this.#left < 0) throw new RangeError('a batch refers to more than it holds');
  }
}
