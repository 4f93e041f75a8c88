const WORD = 0;

/**
 * Calls that a thread has but has not begun can be taken back from it without asking it: it may be busy with a guest that never returns.
 *
 * A word of shared memory holds the number of the last call that the thread has claimed, or, after a revocation, minus its ordinal. Each
 * side changes it in one atomic step. So either the thread claims a call first, and main learns of it, or main revokes first, and the
 * thread finds that it can't.
 *
 * Each batch carries the number of revocations that came before it. The first one after a revocation lets the thread claim again; those
 * that were sent before it are void.
 */
export class Claims {
  readonly #word: Int32Array;
  /** In the thread: what it wrote last, and the revocations that it knows of. */
  #claimed = 0;
  #known = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(Int32Array.BYTES_PER_ELEMENT);
  }

  /** In the thread: a batch has come that was sent after so many revocations. Whether what came before it is void. */
  arrived(revocations: number): boolean {
    if (revocations === this.#known) return false;
    this.#known = revocations;
    this.#claimed = 0;
    // Fails when there was another revocation meanwhile; then the claims of this batch fail as well.
    Atomics.compareExchange(this.#word, WORD, -revocations, 0);
    return true;
  }

  /** In the thread: it is about to begin calls up to this number, at least 1. Whether it may; if not, all calls that it has are void. */
  claim(number: number): boolean {
    const before = this.#claimed;
    this.#claimed = number;
    return Atomics.compareExchange(this.#word, WORD, before, number) === before;
  }
}

/** The other side of Claims. */
export class Revocations {
  readonly #word: Int32Array;
  #count = 0;
  #lastClaimed = 0;

  constructor(memory: SharedArrayBuffer) {
    this.#word = new Int32Array(memory);
  }

  /** To be sent with each batch. */
  get count(): number {
    return this.#count;
  }

  /** Revokes all calls that the thread has not begun: those with numbers above the result. */
  revoke(): number {
    this.#count += 1;
    const claimed = Atomics.exchange(this.#word, WORD, -this.#count);
    // Nothing was claimed since the last revocation, if it is not positive.
    if (claimed > 0) this.#lastClaimed = claimed;
    return this.#lastClaimed;
  }
}
