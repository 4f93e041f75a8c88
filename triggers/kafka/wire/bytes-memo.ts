const LONGEST = 64;

/** Makes something of bytes: the same of the same. */
export interface Maker<T> {
  /** Different for makers that share a memo, so that their bytes do not fall on the same places. */
  readonly seed: number;
  make(bytes: Uint8Array, begin: number, end: number): T;
}

interface Entry<T> {
  readonly maker: Maker<T>;
  readonly bytes: Uint8Array;
  readonly made: T;
}

/**
 * Remembers what was made of short bytes, for those that are few and come again and again. What falls on the place of another takes it over, so a
 * memo stays small whatever comes. Longer ones than 64 bytes are made anew each time.
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
    // A copy, so that it does not keep what was fetched.
    this.#entries[slot] = { maker, bytes: new Uint8Array(bytes.subarray(begin, end)), made };
    return made;
  }
}

function isAt(wanted: Uint8Array, bytes: Uint8Array, begin: number, length: number): boolean {
  if (wanted.byteLength !== length) return false;
  for (let n = 0; n < length; n++) if (wanted[n] !== bytes[begin + n]) return false;
  return true;
}
