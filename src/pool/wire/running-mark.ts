/** What a thread's guest is doing at this moment. */
export interface RunningCalls {
  /** Number of the first call; the others of a batch call follow it. */
  readonly first: number;
  readonly count: number;
  /** Milliseconds since the guest came on the stack, at least 0: clocks of two threads may differ a little. */
  readonly heldMs: number;
  /** Milliseconds that are left until the deadline; negative when it has passed. */
  readonly leftMs: number;
}

const FIRST = 0;
const COUNT = 1;
const SINCE = 2;
const DEADLINE = 3;

/** A deadline further away would look like one that has passed: the word holds whole milliseconds modulo 2^32 (`| 0`). */
export const LONGEST_TIMEOUT_MS = 2 ** 30;

/**
 * Four words of shared memory in which a thread writes which call has its guest on the stack, since when, and until when it may be there: the
 * only way for main to know while the guest doesn't return.
 *
 * The first word is written last and cleared first, and no two calls have the same number for billions of calls. So a reader that finds
 * the same number before and after reading the other words has words that belong together.
 */
export class RunningMark {
  readonly #words: Int32Array;

  constructor(memory: SharedArrayBuffer) {
    this.#words = new Int32Array(memory);
  }

  static memory(): SharedArrayBuffer {
    return new SharedArrayBuffer(4 * Int32Array.BYTES_PER_ELEMENT);
  }

  /** In the thread: the guest is about to be entered or resumed. `first` is at least 1; times are of the monotonic clock. */
  set(first: number, count: number, nowMs: number, deadlineMs: number): void {
    Atomics.store(this.#words, COUNT, count);
    Atomics.store(this.#words, SINCE, nowMs | 0);
    Atomics.store(this.#words, DEADLINE, deadlineMs | 0);
    Atomics.store(this.#words, FIRST, first);
  }

  /** In the thread: the guest returned or is suspended. */
  clear(): void {
    Atomics.store(this.#words, FIRST, 0);
  }

  /** On main. `undefined`: no guest is on the stack, or it changed while reading. `nowMs` is of the monotonic clock. */
  read(nowMs: number): RunningCalls | undefined {
    const first = Atomics.load(this.#words, FIRST);
    const count = Atomics.load(this.#words, COUNT);
    const heldMs = Math.max(0, ((nowMs | 0) - Atomics.load(this.#words, SINCE)) | 0);
    const leftMs = (Atomics.load(this.#words, DEADLINE) - (nowMs | 0)) | 0;
    if (first === 0 || first !== Atomics.load(this.#words, FIRST)) return undefined;
    return { first, count, heldMs, leftMs };
  }
}
