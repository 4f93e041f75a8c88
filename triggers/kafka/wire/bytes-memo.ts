const LONGEST = 64;

/** Converts bytes; equal bytes give equal results. */
export interface Maker<T> {
  /** Different for converters that share a memo, so that their bytes do not use the same slots. */
  readonly seed: number;
  make(bytes: Uint8Array, begin: number, end: number): T;
}

interface Entry<T> {
  readonly maker: Maker<T>;
  readonly bytes: Uint8Array;
  readonly made: T;
}

/**
 * Caches conversions of short byte strings that repeat often. Bytes that hash to the slot of others replace them, so a memo stays small on any
 * input. More than 64 bytes are converted each time.
 */
export class BytesMemo<T> {
  readonly #entries: (Entry<T> | undefined)[];
  readonly #mask: number;

  /** `slots`: the most that it remembers; a power of two. */
  constructor(slots: number) {
    this.#entries = Array.from({ length: slots });
    this.#mask = slots - 1;
  }

  of(maker: Maker<T>, bytes: Uint8Array, begin: number, end: number): T {
    const length = end - begin;
    if (length > LONGEST) return maker.make(bytes, begin, end);
    let hash = maker.seed ^ length;
    for (let at = begin; at < end; at++) hash = Math.imul(hash ^ bytes[at]!, 0x01000193);
    const slot = (hash ^ (hash >>> 15)) & this.#mask;
    const entry = this.#entries[slot];
    if (entry !== undefined && entry.maker === maker && isAt(entry.bytes, bytes, begin, length)) return entry.made;
    const made = maker.make(bytes, begin, end);
    // A copy, so that it does not keep the fetched buffer alive.
    this.#entries[slot] = { maker, bytes: new Uint8Array(bytes.subarray(begin, end)), made };
    return made;
  }
}

function isAt(wanted: Uint8Array, bytes: Uint8Array, begin: number, length: number): boolean {
  if (wanted.byteLength !== length) return false;
  for (let n = 0; n < length; n++) if (wanted[n] !== bytes[begin + n]) return false;
  return true;
}

const decoded = new BytesMemo<string>(512);

const utf8: Maker<string> = {
  seed: 0,
  make: (bytes, begin, end) => Buffer.from(bytes.buffer, bytes.byteOffset + begin, end - begin).toString(),
};

/** UTF-8 as text. The names of headers are few and come with every record: decoding one takes 300 ns, finding it again 30. */
export function cachedText(bytes: Uint8Array, begin: number, end: number): string {
  return decoded.of(utf8, bytes, begin, end);
}
