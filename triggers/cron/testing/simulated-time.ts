import type { Clock } from '#trigger';

interface Sleeper {
  readonly until: number;
  readonly wake: () => void;
}

/** Time for tests: it stands still while anything happens, then jumps to the next moment that somebody sleeps for. */
export class SimulatedTime {
  #now: number;
  readonly #sleepers = new Set<Sleeper>();

  constructor(start: string) {
    this.#now = Date.parse(start);
  }

  get now(): number {
    return this.#now;
  }

  /** A clock that is `aheadMs` ahead; `set` changes that, as a person or an NTP daemon would, and wakes nobody. */
  clock(aheadMs = 0): Clock & { set(aheadMs: number): void } {
    return {
      now: () => this.#now + aheadMs,
      sleep: (ms, signal) => this.#sleep(ms, signal),
      set: (ms) => {
        aheadMs = ms;
      },
    };
  }

  /** Resolves as `promise` does; lets as much time pass as that needs. */
  async until<T>(promise: Promise<T>): Promise<T> {
    let settled = false;
    const note = (): void => {
      settled = true;
    };
    promise.then(note, note);
    for (await quiet(); !settled; await quiet()) this.#jump(Infinity);
    return promise;
  }

  /** Lets `ms` milliseconds pass, with all that happens in them. */
  async pass(ms: number): Promise<void> {
    const end = this.#now + ms;
    for (await quiet(); this.#now < end; await quiet()) this.#jump(end);
  }

  #jump(end: number): void {
    const next = Math.min(end, ...[...this.#sleepers].map(({ until }) => until));
    if (next === Infinity) throw new Error('nobody sleeps: what is waited for will never happen');
    this.#now = Math.max(this.#now, next);
    for (const sleeper of this.#sleepers) if (sleeper.until <= this.#now) sleeper.wake();
  }

  #sleep(ms: number, signal?: AbortSignal): Promise<void> {
    if (signal?.aborted === true) return Promise.resolve();
    return new Promise((resolve) => {
      const wake = (): void => {
        this.#sleepers.delete(sleeper);
        signal?.removeEventListener('abort', wake);
        resolve();
      };
      const sleeper = { until: this.#now + Math.max(0, ms), wake };
      this.#sleepers.add(sleeper);
      signal?.addEventListener('abort', wake);
    });
  }
}

/** Commits of a state file take a turn of the event loop each, and nothing here waits for anything else. */
async function quiet(): Promise<void> {
  for (let turn = 0; turn < 12; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
