/** Initial size of the buffer, in bytes: a batch of 512 spans is about 150 KiB. */
const FIRST_ROOM = 256 * 1024;
/** An upper bound for a tag with a number or a length. */
const SLACK = 16;
/** Bytes reserved for the length of a nested message: one byte holds up to 127, four up to 2^28 - 1. */
export type LengthBytes = 1 | 4;

/**
 * Appends protobuf to one buffer, which it reuses for every message. Written for speed: it allocates nothing, and lengths of nested messages are
 * padded varints, which every parser reads. A tag is a field's number and wire type in their encoded form, as one number.
 * https://protobuf.dev/programming-guides/encoding/
 */
export class ProtobufWriter {
  #buffer: Buffer = Buffer.allocUnsafe(FIRST_ROOM);
  #view = viewOf(this.#buffer);
  #at = 0;

  /** A copy of what was written since the last call. */
  take(): Uint8Array<ArrayBuffer> {
    const written = new Uint8Array(this.#at);
    written.set(this.#buffer.subarray(0, this.#at));
    this.#at = 0;
    return written;
  }

  /** Begins a nested message. Pass the result to `close`. */
  open(tag: number, lengthBytes: LengthBytes = 4): number {
    this.#begin(tag, 0);
    this.#at += lengthBytes;
    return this.#at;
  }

  close(start: number, lengthBytes: LengthBytes = 4): void {
    const length = this.#at - start;
    const at = start - lengthBytes;
    if (lengthBytes === 1) {
      this.#buffer[at] = length;
      return;
    }
    this.#buffer[at] = (length & 0x7f) | 0x80;
    this.#buffer[at + 1] = ((length >> 7) & 0x7f) | 0x80;
    this.#buffer[at + 2] = ((length >> 14) & 0x7f) | 0x80;
    this.#buffer[at + 3] = length >> 21;
  }

  /** Fields that are protobuf already. */
  encoded(fields: Uint8Array): void {
    this.#room(fields.length);
    this.#buffer.set(fields, this.#at);
    this.#at += fields.length;
  }

  /** A whole number, at least 0. */
  varint(tag: number, value: number): void {
    this.#begin(tag, 0);
    this.#varint(value);
  }

  double(tag: number, value: number): void {
    this.#begin(tag, 0);
    this.#view.setFloat64(this.#at, value, true);
    this.#at += 8;
  }

  fixed32(tag: number, value: number): void {
    this.#begin(tag, 0);
    this.#view.setUint32(this.#at, value, true);
    this.#at += 4;
  }

  string(tag: number, text: string): void {
    const { length } = text;
    this.#begin(tag, length * 3);
    if (length > 127 || !this.#shortAscii(text)) {
      this.#varint(Buffer.byteLength(text));
      this.#at += this.#buffer.write(text, this.#at);
    }
  }

  /** Bytes, from two lower-case digits each; up to 127. */
  hex(tag: number, digits: string): void {
    this.#begin(tag, digits.length);
    const buffer = this.#buffer;
    let at = this.#at;
    buffer[at] = digits.length / 2;
    for (let place = 0; place < digits.length; place += 2) {
      at += 1;
      buffer[at] = (digit(digits.charCodeAt(place)) << 4) | digit(digits.charCodeAt(place + 1));
    }
    this.#at = at + 1;
  }

  /** Milliseconds as nanoseconds in a fixed64, exact to the microsecond. A BigInt would cost more than everything else together. */
  nanoseconds(tag: number, ms: number): void {
    this.#begin(tag, 0);
    const micros = Math.round(ms * 1000);
    const upper = Math.floor(micros / 2 ** 20) * 1000; // in units of 2^20 ns
    const lower = (micros % 2 ** 20) * 1000 + (upper % 2 ** 12) * 2 ** 20; // below 2^33
    this.#view.setUint32(this.#at, lower, true); // modulo 2^32
    this.#view.setUint32(this.#at + 4, Math.floor(upper / 2 ** 12) + Math.floor(lower / 2 ** 32), true);
    this.#at += 8;
  }

  /** Makes room for a field, and writes its tag. */
  #begin(tag: number, bytes: number): void {
    this.#room(SLACK + bytes);
    this.#varint(tag);
  }

  /** Writes a short ASCII string with a loop, twice as fast as Buffer does; most strings are such. Returns whether this one was. */
  #shortAscii(text: string): boolean {
    const buffer = this.#buffer;
    const start = this.#at + 1;
    for (let place = 0; place < text.length; place += 1) {
      const code = text.charCodeAt(place);
      if (code > 0x7f) return false;
      buffer[start + place] = code;
    }
    buffer[start - 1] = text.length;
    this.#at = start + text.length;
    return true;
  }

  #varint(value: number): void {
    let left = value;
    while (left > 0x7f) {
      this.#buffer[this.#at] = (left % 0x80) | 0x80;
      this.#at += 1;
      left = Math.floor(left / 0x80);
    }
    this.#buffer[this.#at] = left;
    this.#at += 1;
  }

  #room(bytes: number): void {
    if (this.#at + bytes <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(2 * (this.#at + bytes));
    this.#buffer.copy(larger, 0, 0, this.#at);
    this.#buffer = larger;
    this.#view = viewOf(larger);
  }
}

function viewOf({ buffer, byteOffset, byteLength }: Buffer): DataView {
  return new DataView(buffer, byteOffset, byteLength);
}

/** The value of a lower-case hex digit. */
function digit(code: number): number {
  return code < 0x3a ? code - 0x30 : code - 0x57;
}
