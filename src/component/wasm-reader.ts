import { type ErrorPlace, SluiceError } from '../errors.ts';

/** The bytes are not WebAssembly, or end too early. */
export class MalformedWasm extends Error {
  override readonly name = 'MalformedWasm';
}

/** One section of a module or component. */
export interface Section {
  readonly id: number;
  /** Position of its id. */
  readonly start: number;
  /** A reader of its content. */
  readonly content: WasmReader;
}

/** Length of the magic number, version and layer that every module and component begins with. */
export const PREAMBLE_BYTES = 8;

const decoder = new TextDecoder('utf-8', { fatal: true });

/** Reads the little that Sluice must know of a binary by itself. Numbers are LEB128: https://webassembly.github.io/spec/core/binary/values.html */
export class WasmReader {
  readonly #bytes: Uint8Array;
  #at: number;
  readonly end: number;

  /** Reads `bytes` from `start` to `end`, positions in the whole. */
  constructor(bytes: Uint8Array, start = 0, end = bytes.length) {
    this.#bytes = bytes;
    this.#at = start;
    this.end = end;
  }

  get at(): number {
    return this.#at;
  }

  get done(): boolean {
    return this.#at >= this.end;
  }

  byte(): number {
    const value = this.peek();
    this.#at++;
    return value;
  }

  /** The next byte, without consuming it. */
  peek(): number {
    const value = this.#bytes[this.#at];
    if (this.done || value === undefined) throw new MalformedWasm(`ends too early, at byte ${this.#at}`);
    return value;
  }

  /** An unsigned number of at most 64 bits. */
  u64(): bigint {
    let value = 0n;
    for (let shift = 0n; shift < 70n; shift += 7n) {
      const byte = this.byte();
      value |= BigInt(byte & 0x7f) << shift;
      if (byte < 0x80) return value;
    }
    throw new MalformedWasm(`a number is too long, at byte ${this.#at}`);
  }

  /** A number that must be an exact index, size or count. */
  u32(): number {
    const value = this.u64();
    if (value > 0xffff_ffffn) throw new MalformedWasm(`a number is too large, at byte ${this.#at}`);
    return Number(value);
  }

  /** Skips a number, signed or not. */
  skipNumber(): void {
    while (this.byte() >= 0x80);
  }

  /** Skips a value type: one number, unless it is a reference with its heap type. */
  skipValueType(): void {
    const NULLABLE_REFERENCE = 0x63;
    const REFERENCE = 0x64;
    const first = this.byte();
    if (first === NULLABLE_REFERENCE || first === REFERENCE || first >= 0x80) this.skipNumber();
  }

  name(): string {
    const piece = this.take(this.u32());
    try {
      return decoder.decode(piece);
    } catch (cause) {
      throw new MalformedWasm(`a name is not UTF-8, before byte ${this.#at}`, { cause });
    }
  }

  take(length: number): Uint8Array {
    const end = this.#at + length;
    if (end > this.end) throw new MalformedWasm(`ends too early: byte ${end} is wanted, and there are ${this.end}`);
    const piece = this.#bytes.subarray(this.#at, end);
    this.#at = end;
    return piece;
  }

  /** Sections from here to the end. */
  *sections(): Generator<Section> {
    while (!this.done) {
      const start = this.#at;
      const id = this.byte();
      const size = this.u32();
      const content = new WasmReader(this.#bytes, this.#at, this.#at + size);
      this.take(size);
      yield { id, start, content };
    }
  }
}

/** The result of `read` for a binary. Throws SLU2002 if the binary is malformed. */
export function wellFormed<Found>(read: () => Found, place: ErrorPlace): Found {
  try {
    return read();
  } catch (cause) {
    if (!(cause instanceof MalformedWasm)) throw cause;
    throw new SluiceError('SLU2002', `the component is damaged: ${cause.message}`, {
      cause,
      place,
      fix: 'build or copy it again',
    });
  }
}
