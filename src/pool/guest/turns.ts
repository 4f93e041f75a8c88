import { monotonicMs } from '../wire/monotonic.ts';
import type { RunningMark } from '../wire/running-mark.ts';
import type { Deadlines } from './deadlines.ts';
import type { Occupancy } from './occupancy.ts';
import type { Run } from './run.ts';

/** Shorter turns are the ordinary price of sharing a thread. */
const LONG_TURN_MS = 5;

/**
 * Turns of the event loop for guests that suspend. They are entered and resumed in microtasks, in which the guests of several runs could
 * follow each other unseen; so each gets a turn to itself. The running mark names its run until the turn's microtasks have drained, so a guest
 * that spins is the one that is named.
 */
export class Turns {
  readonly #mark: RunningMark;
  readonly #deadlines: Deadlines;

  constructor(mark: RunningMark, deadlines: Deadlines) {
    this.#mark = mark;
    this.#deadlines = deadlines;
  }

  /** Resolves in a turn of its own, before anything else in it. */
  next(): Promise<void> {
    return new Promise((resolve) => setImmediate(resolve));
  }

  /** From now to its end, this turn is the run's. To be called in a microtask of it. */
  take(run: Run): void {
    const sinceMs = monotonicMs();
    this.#mark.set(run.first, run.count, sinceMs, run.deadlineMs);
    // A tick that is asked for in a microtask comes when the last microtask has run.
    process.nextTick(() => {
      this.#mark.clear();
      const heldMs = monotonicMs() - sinceMs;
      if (heldMs > LONG_TURN_MS) this.#deadlines.postpone(heldMs, run);
    });
  }

  /** Settles as `pending` does, in a turn of the occupant's. Never, when the instance was discarded: its guest must not wake up again. */
  async resumed<T>(occupancy: Occupancy, pending: Promise<T>): Promise<T> {
    try {
      return await pending;
    } finally {
      await this.next();
      if (occupancy.discarded) await new Promise(() => {});
      if (occupancy.run !== undefined) this.take(occupancy.run);
    }
  }
}
