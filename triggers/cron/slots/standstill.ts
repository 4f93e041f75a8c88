import type { Clock } from '#trigger';

interface Watched {
  readonly mark: string;
  readonly end: AbortController;
  still: boolean;
}

/** Time is counted in steps of this length, each a separate sleep. */
const STEP_MS = 1000;

/**
 * Detects things that have not changed for a while, by this process's own timers: it reads no clock, neither here nor elsewhere. If the process is
 * suspended during a step, that counts as one step.
 */
export class Standstill {
  readonly #clock: Clock;
  readonly #ms: number;
  readonly #stopped: () => void;
  readonly #watched = new Map<string, Watched>();

  /** `stopped` is called each time something has stood still for `ms` milliseconds. */
  constructor(clock: Clock, ms: number, stopped: () => void) {
    this.#clock = clock;
    this.#ms = ms;
    this.#stopped = stopped;
  }

  /** Compares all things by name: those with a changed mark have just moved. */
  look(marks: ReadonlyMap<string, string>): void {
    for (const [name, { mark, end }] of this.#watched) {
      if (marks.get(name) === mark) continue;
      end.abort();
      this.#watched.delete(name);
    }
    for (const [name, mark] of marks) if (!this.#watched.has(name)) this.#watch(name, mark);
  }

  /** Nothing was observed for a while: everything counts as just moved at the next look. */
  restart(): void {
    this.look(new Map());
  }

  has(name: string, mark: string): boolean {
    const watched = this.#watched.get(name);
    return watched?.mark === mark && watched.still;
  }

  #watch(name: string, mark: string): void {
    const watched: Watched = { mark, end: new AbortController(), still: false };
    this.#watched.set(name, watched);
    void this.#count(watched);
  }

  async #count(watched: Watched): Promise<void> {
    const { signal } = watched.end;
    for (let left = this.#ms; left > 0 && !signal.aborted; left -= STEP_MS) {
      await this.#clock.sleep(Math.min(left, STEP_MS), signal);
    }
    if (signal.aborted) return;
    watched.still = true;
    this.#stopped();
  }
}
