/** Where what arrives waits until it is taken. */
export class Mailbox<T> {
  #items: T[] = [];
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;

  get size(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }

  put(item: T): void {
    this.#items.push(item);
    this.#waiting?.resolve();
  }

  /** From now on, `take` rejects with `error`; what waits is not taken any more. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(error);
  }

  /**
   * Resolves with 1 to `max` items, the oldest first, as soon as there is one; with none when `stop` is aborted before. At most one is
   * pending.
   */
  async take(max: number, stop: AbortSignal): Promise<T[]> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#items.length === 0 && !stop.aborted) await this.#next(stop);
    return this.#items.splice(0, max);
  }

  /** Empties it. */
  clear(): T[] {
    return this.#items.splice(0);
  }

  async #next(stop: AbortSignal): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    this.#waiting = { resolve, reject };
    const end = (): void => resolve();
    stop.addEventListener('abort', end, { once: true });
    try {
      await promise;
    } finally {
      stop.removeEventListener('abort', end);
      this.#waiting = undefined;
    }
  }
}
