import type { Clock } from '#trigger';

/**
 * One waiter, woken by many. Every event rings here: aborting a signal for each would cost a fifth of the thread, since each abort creates an
 * exception.
 */
export class Doorbell {
  readonly #clock: Clock;
  readonly #over = new AbortController();
  readonly #heeded = new WeakSet<AbortSignal>();
  #waiting: (() => void) | undefined;
  /** When the earliest alarm rings, in milliseconds since 1970. */
  #alarmAt = Infinity;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  ring(): void {
    this.#waiting?.();
    this.#waiting = undefined;
  }

  /** Resolves when it rings, at `atMs` (since 1970) at the latest, or when `stop` is aborted; sometimes without a reason. One wait at a time. */
  wait(atMs: number, stop: AbortSignal): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#waiting = resolve;
    this.#heed(stop);
    if (atMs < this.#alarmAt) void this.#alarm(atMs);
    return promise;
  }

  /** Cancels all alarms. */
  close(): void {
    this.#over.abort();
  }

  #heed(stop: AbortSignal): void {
    if (stop.aborted) this.ring();
    if (this.#heeded.has(stop)) return;
    this.#heeded.add(stop);
    stop.addEventListener('abort', () => this.ring(), { once: true });
  }

  async #alarm(atMs: number): Promise<void> {
    this.#alarmAt = atMs;
    await this.#clock.sleep(atMs - this.#clock.now(), this.#over.signal);
    if (this.#alarmAt === atMs) this.#alarmAt = Infinity;
    this.ring();
  }
}
