import { BATCH_MS, MOST_EVENTS } from './pace.ts';

/** How many calls the average remembers. */
const MEMORY = 8;

/**
 * The calls of one lane: they run one at a time, in the order in which they were submitted.
 *
 *     waiting -> handed to one thread, several at a time -> completed
 *        ^               |
 *        +-- not begun --+
 *
 * While a thread has any of them, the others go to the same thread. It enters none before the one ahead has completed. If one does not
 * complete, those behind it go back to their source, and the thread drops those that it has.
 */
export class Chain<Call = unknown> {
  readonly lane: string;
  /** In order. */
  waiting: Call[] = [];
  /** Its place among the waiting calls of its source: lower ones come first. */
  ticket = 0;
  /** The thread that has some of its calls. */
  thread: object | undefined;
  /** How many calls that thread has. */
  handed = 0;
  /** Its number in that thread, at least 1; 0 while no thread has any of it. */
  number = 0;
  /** Of one call, in milliseconds. */
  #averageMs: number;

  /** `averageMs`: the average time of a call of the pool. */
  constructor(lane: string, averageMs: number) {
    this.lane = lane;
    this.#averageMs = averageMs;
  }

  get isEmpty(): boolean {
    return this.handed === 0 && this.waiting.length === 0;
  }

  /** Whether its next call may be handed to a thread. A thread gets slow calls one at a time, so that others don't wait for a whole chain. */
  get mayGo(): boolean {
    const most = Math.min(MOST_EVENTS, Math.floor(BATCH_MS / this.#averageMs));
    return this.waiting.length > 0 && this.handed < Math.max(1, most);
  }

  /** Adds the time of one call to the average. */
  note(durationMs: number): void {
    this.#averageMs += (durationMs - this.#averageMs) / MEMORY;
  }

  /** One of its calls held up a thread: treats them all as slow. */
  slow(): void {
    this.#averageMs = Math.max(this.#averageMs, BATCH_MS);
  }
}
