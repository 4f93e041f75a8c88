/** About how much work a batch holds: little compared with any deadline, much compared with the 20 us that sending one costs. */
export const BATCH_MS = 2;
export const MOST_EVENTS = 256;
/** How many events the average remembers. */
const MEMORY = 32;

/** How many events a thread gets at once, from how long they take. */
export class Pace {
  /** At first, few at once. */
  #averageMs = BATCH_MS / 8;

  /** Of one event, in milliseconds. */
  get averageMs(): number {
    return this.#averageMs;
  }

  /** Adds `events` that took `totalMs` milliseconds together to the average. */
  note(events: number, totalMs: number): void {
    if (events > 0) this.#averageMs += (totalMs / events - this.#averageMs) * (events / (events + MEMORY));
  }

  /**
   * How many events to give to a thread that has `load` of them and runs `concurrency` at once; 0 if it has enough. It gets the next batch
   * while it works on one, so that it is never idle. Slow events don't wait in a thread, since another may be free sooner.
   */
  portion(load: number, concurrency: number): number {
    const batch = Math.min(MOST_EVENTS, Math.floor(BATCH_MS / this.#averageMs));
    const most = Math.min(MOST_EVENTS, Math.max(batch, concurrency));
    if (batch <= 1) return Math.max(0, Math.min(most, concurrency - load));
    return load > most ? 0 : most;
  }
}
