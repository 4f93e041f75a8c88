/** How often to check whether another process has committed. */
const FOREIGN_COMMIT_POLL_MS = 50;
/** A timer holds at most 2^31-1 ms. */
const LONGEST_WAIT_MS = 2 ** 30;

/** Wakes callers that wait for a commit, of this process or another. */
export class CommitWatch {
  readonly #foreignVersion: () => number;
  readonly #waiters = new Set<() => void>();
  #commits = 0;
  #seenForeign: number;
  #poll: NodeJS.Timeout | undefined;

  /** `foreignVersion` reads a number that another connection's commits change, and this connection's do not. */
  constructor(foreignVersion: () => number) {
    this.#foreignVersion = foreignVersion;
    this.#seenForeign = foreignVersion();
  }

  /** Grows with every noticed commit. */
  get commits(): number {
    return this.#commits;
  }

  /** Reports a commit of this process. */
  announce(): void {
    this.#commits += 1;
    this.wake();
  }

  wake(): void {
    for (const wake of this.#waiters) wake();
  }

  /**
   * Resolves when `commits` is another number than `since`, when `ms` milliseconds have passed, or when `signal` is aborted. Take `since`
   * before you look at the data, and no commit can slip through between looking and waiting.
   */
  changed(since: number, ms: number, signal: AbortSignal): Promise<void> {
    // The last look at foreign commits may be older than `since`. A commit in between ends the wait at once, which is harmless.
    if (this.#waiters.size === 0) this.#look();
    if (signal.aborted || this.#commits !== since) return Promise.resolve();
    return new Promise((resolve) => {
      const done = (): void => {
        clearTimeout(timer);
        signal.removeEventListener('abort', done);
        this.#waiters.delete(done);
        if (this.#waiters.size === 0) this.#stopPolling();
        resolve();
      };
      const timer = setTimeout(done, Math.min(ms, LONGEST_WAIT_MS));
      signal.addEventListener('abort', done, { once: true });
      this.#waiters.add(done);
      this.#poll ??= setInterval(() => this.#look(), FOREIGN_COMMIT_POLL_MS);
    });
  }

  #look(): void {
    const foreign = this.#foreignVersion();
    if (foreign === this.#seenForeign) return;
    this.#seenForeign = foreign;
    this.announce();
  }

  #stopPolling(): void {
    clearInterval(this.#poll);
    this.#poll = undefined;
  }
}
