import type { Header } from '../../event.ts';
import { HEADER_RECORD } from './pack-writer.ts';

/** Reads what PackWriter wrote. Bytes are views on the buffer, not copies. */
export class PackReader {
  readonly buffer: ArrayBuffer;
  readonly view: DataView;
  readonly #text: Buffer;

  constructor(buffer: ArrayBuffer) {
    this.buffer = buffer;
    this.view = new DataView(buffer);
    this.#text = Buffer.from(buffer);
  }

  /** The string whose range is noted at `field`. */
  text(field: number): string {
    const offset = this.view.getUint32(field, true);
    const length = this.view.getUint32(field + 4, true);
    return length === 0 ? '' : this.#text.toString('utf8', offset, offset + length);
  }

  /** The bytes whose range is noted at `field`. */
  data(field: number): Uint8Array {
    return new Uint8Array(this.buffer, this.view.getUint32(field, true), this.view.getUint32(field + 4, true));
  }

  /** The headers whose table is noted at `field`. */
  headers(field: number): Header[] {
    const table = this.view.getUint32(field, true);
    const end = table + this.view.getUint32(field + 4, true) * HEADER_RECORD;
    const headers: Header[] = [];
    for (let row = table; row < end; row += HEADER_RECORD) headers.push([this.text(row), this.text(row + 8)]);
    return headers;
  }
}
