import { monotonicMs } from '../wire/monotonic.ts';
import type { Run } from './run.ts';

const TICK_MS = 10;

/** Ends calls that are suspended past their deadline. (One that is on the stack can't be ended from here; main does it.) */
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

  /** One guest held the thread for so long: that is not counted against the others, who could not be resumed meanwhile. */
  postpone(heldMs: number, holder: Run): void {
    for (const run of this.#expire.keys()) if (run !== holder) run.deadlineMs += heldMs;
  }

  #tick(): void {
    const nowMs = monotonicMs();
    for (const [run, expire] of this.#expire) if (run.deadlineMs < nowMs) expire();
  }
}
