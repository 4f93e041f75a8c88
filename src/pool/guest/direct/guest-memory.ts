import { MalformedValue } from '../../../component/glue/glue-boundary.ts';

/** The canonical ABI's `realloc` option: old address, old size, alignment, new size; all unsigned, though JavaScript sees signed ones. */
export type Realloc = (old: number, oldSize: number, align: number, size: number) => number;

/** Shorter texts of ASCII are decoded without a call into the engine's decoder, which takes a multiple of the time. */
const SHORT_TEXT = 64;
/** A byte loop is faster than a view up to this length (measured). */
const SHORT_COPY = 24;

const STRICTLY = { fatal: true, ignoreBOM: true } as const;

/**
 * A guest's linear memory, as the canonical ABI reads and writes it. Addresses are unsigned and go up to 4 GiB; every address
 * and length from the guest is checked before it is used or anything is allocated for it.
 */
export class GuestMemory {
  readonly #memory: WebAssembly.Memory;
  readonly #realloc: Realloc;
  readonly #decoder = new TextDecoder('utf-8', STRICTLY);
  #bytes: Buffer;
  #view: DataView;

  constructor(memory: WebAssembly.Memory, realloc: Realloc) {
    this.#memory = memory;
    this.#realloc = realloc;
    this.#bytes = Buffer.from(memory.buffer);
    this.#view = new DataView(memory.buffer);
  }

  /** Replaced whenever guest code has run and memory has grown: `refresh` first. */
  get view(): DataView {
    return this.#view;
  }

  /** To be called when guest code has run: it may have grown the memory, which detaches the views. */
  refresh(): void {
    if (this.#bytes.byteLength !== 0) return;
    this.#bytes = Buffer.from(this.#memory.buffer);
    this.#view = new DataView(this.#memory.buffer);
  }

  /** Allocates room that the guest owns. Throws a MalformedValue if the address that it returns is invalid. */
  allocate(align: number, size: number): number {
    const address = this.#realloc(0, 0, align, size) >>> 0;
    this.refresh();
    if ((address & (align - 1)) !== 0) throw badRoom(address, `is not aligned to ${align}`);
    if (address + size > this.#bytes.byteLength) throw badRoom(address, `has no ${size} bytes behind it`);
    return address;
  }

  /** Copies a range of `from` to `address`, where `allocate` gave room. */
  write(address: number, from: Uint8Array, offset: number, length: number): void {
    if (length > SHORT_COPY) {
      this.#bytes.set(from.subarray(offset, offset + length), address);
      return;
    }
    const to = this.#bytes;
    for (let n = 0; n < length; n++) to[address + n] = from[offset + n]!;
  }

  /** Checks that `count` rows of `size` bytes begin at `address`; else throws a MalformedValue that names `what` they are. */
  checkRows(address: number, count: number, size: number, align: number, what: string): void {
    if ((address & (align - 1)) !== 0) throw new MalformedValue(`${what} at ${address} is not aligned to ${align}`);
    if (address + count * size > this.#bytes.byteLength) {
      throw new MalformedValue(`${what} lies outside of memory: ${count * size} bytes at ${address}`);
    }
  }

  /** A copy of bytes that were checked. */
  data(address: number, length: number): Uint8Array {
    return new Uint8Array(this.#bytes.subarray(address, address + length));
  }

  /** Bytes that were checked, as text. Throws a MalformedValue if they are not UTF-8. */
  text(address: number, length: number, what: string): string {
    if (length <= SHORT_TEXT && this.#isAscii(address, length))
      return this.#bytes.toString('latin1', address, address + length);
    return this.#decoded(this.#decoder, address, length, what);
  }

  /** The same for the first `length` bytes of a longer text, without a character that is cut. */
  textStart(address: number, length: number, what: string): string {
    return this.#decoded(new TextDecoder('utf-8', STRICTLY), address, length, what, { stream: true });
  }

  #decoded(decoder: TextDecoder, address: number, length: number, what: string, options?: TextDecodeOptions): string {
    try {
      return decoder.decode(this.#bytes.subarray(address, address + length), options);
    } catch (cause) {
      throw new MalformedValue(`${what} is not well-formed UTF-8`, { cause });
    }
  }

  #isAscii(address: number, length: number): boolean {
    const bytes = this.#bytes;
    for (let n = 0; n < length; n++) if (bytes[address + n]! > 0x7f) return false;
    return true;
  }
}

function badRoom(address: number, why: string): Error {
  return new MalformedValue(`cabi_realloc returned ${address}, which ${why}`);
}
