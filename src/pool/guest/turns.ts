import { monotonicMs } from '../wire/monotonic.ts';
import type { RunningMark } from '../wire/running-mark.ts';
import type { Occupancy } from './instance.ts';
import type { Run } from './run.ts';

/** How often suspended calls are compared with their deadlines. */
const TICK_MS = 10;
/** Shorter turns are the ordinary price of sharing a thread. */
const LONG_TURN_MS = 5;

/**
 * Turns of the event loop for guests that suspend. They are entered and resumed in microtasks, where the guests of several runs could follow
 * each other unnoticed; so each gets a turn of its own. The running mark names its run until the turn's microtasks have drained, so it names
 * the guest that spins.
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

  /** This turn belongs to the run, from now to its end. To be called in a microtask of the turn. */
  take(run: Run): void {
    const sinceMs = monotonicMs();
    this.#mark.set(run.first, run.count, sinceMs, run.deadlineMs);
    // A tick that is requested in a microtask comes after the last microtask.
    process.nextTick(() => {
      this.#mark.clear();
      const heldMs = monotonicMs() - sinceMs;
      if (heldMs > LONG_TURN_MS) this.#deadlines.postpone(heldMs, run);
    });
  }

  /** Settles as `pending` does, in a turn of the occupant. Never settles if the instance was discarded: its guest must not wake up again. */
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

/** Ends calls that are suspended past their deadline. (Only main can end one that is on the stack.) */
export class Deadlines {
  readonly #expire = new Map<Run, () => void>();
  #timer: NodeJS.Timeout | undefined;

  /** `expire` is called when the deadline of `run` has passed, unless it was deleted before. */
  add(run: Run, expire: () => void): void {
    this.#expire.set(run, expire);
    this.#timer ??= setInterval(() => this.#tick(), TICK_MS);
  }

  delete(run: Run): void {
    this.#expire.delete(run);
    if (this.#expire.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  /** One guest held the thread for so long: that does not count against the others, which could not be resumed meanwhile. */
  postpone(heldMs: number, holder: Run): void {
    for (const run of this.#expire.keys()) if (run !== holder) run.deadlineMs += heldMs;
  }

  #tick(): void {
    const nowMs = monotonicMs();
    for (const [run, expire] of this.#expire) if (run.deadlineMs < nowMs) expire();
  }
}
