/** Signals that end what takes events, each harsher than the one before. */
export interface EndSignals {
  /** Take no more; what runs may finish. */
  readonly stop: AbortSignal;
  /** Give up what runs, and give it back. */
  readonly cancel: AbortSignal;
  /** Give up what the source has not confirmed: it comes again. */
  readonly abandon: AbortSignal;
  /** Wait for nothing, not even for a connection to close. */
  readonly leave: AbortSignal;
}

/** How long cancelled events have to get back to their sources, and how long closing may take after that, in milliseconds. */
const GIVING_BACK_MS = 1000;
const CLOSING_MS = 500;

/**
 * The end of a runtime in steps: `stop`, then `cancel` when it is requested or the grace period is over, then the others by timers, whatever
 * brokers do. Everything has ended 1.5 s after `cancel`.
 *
 *     stop --grace period--> cancel --1 s--> abandon --0.5 s--> leave
 */
export class Ending implements EndSignals, Disposable {
  readonly #graceMs: number;
  readonly #stop = new AbortController();
  readonly #cancel = new AbortController();
  readonly #abandon = new AbortController();
  readonly #leave = new AbortController();
  readonly #timers = new Set<NodeJS.Timeout>();

  /** `graceMs`: from `stop` to `cancel`, in milliseconds. */
  constructor(graceMs: number) {
    this.#graceMs = graceMs;
  }

  get stop(): AbortSignal {
    return this.#stop.signal;
  }

  get cancel(): AbortSignal {
    return this.#cancel.signal;
  }

  get abandon(): AbortSignal {
    return this.#abandon.signal;
  }

  get leave(): AbortSignal {
    return this.#leave.signal;
  }

  /** Idempotent. */
  stopNow(): void {
    if (this.stop.aborted) return;
    this.#stop.abort();
    this.#after(this.#graceMs, () => this.cancelNow());
  }

  /** Idempotent. */
  cancelNow(): void {
    this.stopNow();
    if (this.cancel.aborted) return;
    this.#cancel.abort();
    this.#after(GIVING_BACK_MS, () => this.#abandon.abort());
    this.#after(GIVING_BACK_MS + CLOSING_MS, () => this.#leave.abort());
  }

  /** Everything has ended: clears the timers. */
  [Symbol.dispose](): void {
    for (const timer of this.#timers) clearTimeout(timer);
    this.#timers.clear();
  }

  #after(ms: number, then: () => void): void {
    this.#timers.add(setTimeout(then, ms));
  }
}
