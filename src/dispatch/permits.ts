/**
 * How many deliveries of one trigger may be unsettled at once. The pump takes only as many as there are free permits, so a source that
 * outruns its component is slowed down at the source.
 */
export class Permits {
  readonly limit: number;
  #used = 0;
  #wake: (() => void) | undefined;

  constructor(limit: number) {
    this.limit = limit;
  }

  get used(): number {
    return this.#used;
  }

  get free(): number {
    return this.limit - this.#used;
  }

  use(count: number): void {
    if (count > this.free) throw new TypeError(`${count} permits wanted, ${this.free} free`);
    this.#used += count;
  }

  give(): void {
    if (this.#used === 0) throw new TypeError('a permit was given back twice');
    this.#used -= 1;
    this.#wake?.();
  }

  /** Resolves when at least one permit is free, or `signal` is aborted. One waiter at a time. */
  async available(signal: AbortSignal): Promise<void> {
    while (this.free === 0 && !signal.aborted) await this.#changed(signal);
  }

  /** Resolves when no permit is used, or `signal` is aborted. One waiter at a time. */
  async allFree(signal: AbortSignal): Promise<void> {
    while (this.#used > 0 && !signal.aborted) await this.#changed(signal);
  }

  #changed(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const done = (): void => {
        signal.removeEventListener('abort', done);
        this.#wake = undefined;
        resolve();
      };
      this.#wake = done;
      signal.addEventListener('abort', done, { once: true });
    });
  }
}
