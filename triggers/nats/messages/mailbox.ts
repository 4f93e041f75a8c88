/** The container of a mailbox's items, in order. */
export interface Shelf<In, Out> {
  readonly size: number;
  put(item: In): void;
  /** Removes the oldest, at most `max`. */
  take(most: number): Out[];
}

/** Holds items unchanged. */
export class Items<T> implements Shelf<T, T> {
  readonly #items: T[] = [];

  get size(): number {
    return this.#items.length;
  }

  [Symbol.iterator](): Iterator<T> {
    return this.#items.values();
  }

  put(item: T): void {
    this.#items.push(item);
  }

  take(most: number): T[] {
    return this.#items.splice(0, most);
  }
}

/** Holds arriving items until they are taken. */
export class Mailbox<In, Out> {
  readonly #shelf: Shelf<In, Out>;
  #waiting: { readonly resolve: () => void; readonly reject: (error: unknown) => void } | undefined;
  #failure: { readonly error: unknown } | undefined;

  constructor(shelf: Shelf<In, Out>) {
    this.#shelf = shelf;
  }

  get size(): number {
    return this.#shelf.size;
  }

  put(item: In): void {
    this.#shelf.put(item);
    this.#waiting?.resolve();
  }

  /** From now on, `take` rejects with `error`, and waiting items stay. */
  fail(error: unknown): void {
    this.#failure ??= { error };
    this.#waiting?.reject(error);
  }

  /**
   * Resolves with 1 to `max` items, the oldest first, as soon as there is one; with none when `stop` is aborted before. At most one is
   * pending.
   */
  async take(max: number, stop: AbortSignal): Promise<Out[]> {
    if (this.#failure !== undefined) throw this.#failure.error;
    if (this.#shelf.size === 0 && !stop.aborted) await this.#next(stop);
    return this.#shelf.take(max);
  }

  /** Empties it. */
  clear(): Out[] {
    return this.#shelf.take(Infinity);
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
