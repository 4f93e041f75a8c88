/** A batch holds about so much work: little beside any deadline, and much beside the 20 us that it costs to send one. */
export const BATCH_MS = 2;
export const MOST_EVENTS = 256;
/** How many events the average remembers. */
const MEMORY = 32;

/** How many events a thread gets at once, from how long they take. */
export class Pace {
  /** To begin with, few at once. */
  #averageMs = BATCH_MS / 8;

  /** Of one event, in milliseconds. */
  get averageMs(): number {
    return this.#averageMs;
  }

  /** So many events were `totalMs` milliseconds of work. */
  note(events: number, totalMs: number): void {
    if (events > 0) this.#averageMs += (totalMs / events - this.#averageMs) * (events / (events + MEMORY));
  }

  /**
   * How many events to give to a thread that has `load` of them and works at `concurrency` at once; 0 when it has enough. It gets the next
   * batch while it works on one, so that it is never idle; but slow events don't wait in a thread, since another may be free sooner.
   */
  portion(load: number, concurrency: number): number {
    const batch = Math.min(MOST_EVENTS, Math.floor(BATCH_MS / this.#averageMs));
    const most = Math.min(MOST_EVENTS, Math.max(batch, concurrency));
    if (batch <= 1) return Math.max(0, Math.min(most, concurrency - load));
    return load > most ? 0 : most;
  }
}
