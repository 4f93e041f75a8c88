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
 * While a thread has any of them, the others go to the same one. It enters none before the one ahead has completed; when one ends in any other
 * way, those behind it go back to their source, and the thread drops what it has of them.
 */
export class Chain<Call = unknown> {
  readonly lane: string;
  /** In order. */
  waiting: Call[] = [];
  /** Its place among what its source has waiting: lower ones come first. */
  ticket = 0;
  /** The thread that has some of it. */
  thread: object | undefined;
  /** How many calls that thread has. */
  handed = 0;
  /** By what the thread knows it; at least 1. 0 while no thread has any of it. */
  number = 0;
  /** Of one call, in milliseconds. */
  #averageMs: number;

  /** `averageMs`: what a call of the pool takes otherwise. */
  constructor(lane: string, averageMs: number) {
    this.lane = lane;
    this.#averageMs = averageMs;
  }

  get isEmpty(): boolean {
    return this.handed === 0 && this.waiting.length === 0;
  }

  /** Whether its next call may be handed to a thread. Of slow calls a thread has one: what others wait for then is not a whole chain. */
  get mayGo(): boolean {
    const most = Math.min(MOST_EVENTS, Math.floor(BATCH_MS / this.#averageMs));
    return this.waiting.length > 0 && this.handed < Math.max(1, most);
  }

  /** One call took so long. */
  note(durationMs: number): void {
    this.#averageMs += (durationMs - this.#averageMs) / MEMORY;
  }

  /** It held up a thread. */
  slow(): void {
    this.#averageMs = Math.max(this.#averageMs, BATCH_MS);
  }
}
