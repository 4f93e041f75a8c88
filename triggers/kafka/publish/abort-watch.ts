/** A callback for when its signal is aborted. */
type GiveUp = (reason: unknown) => void;

/**
 * Watches shared signals with one listener each. With a listener for every wait, each would cost the length of the signal's list, since everything
 * that a trigger publishes has the same signal.
 */
export class AbortWatch {
  readonly #watched = new Map<AbortSignal, Set<GiveUp>>();

  /** Calls `giveUp` when `signal` is aborted, until the function that it returns is called. */
  add(signal: AbortSignal, giveUp: GiveUp): () => void {
    const waiting = this.#watched.get(signal) ?? this.#watch(signal);
    waiting.add(giveUp);
    return () => waiting.delete(giveUp);
  }

  /** Stops watching all signals. */
  clear(): void {
    for (const signal of this.#watched.keys()) signal.removeEventListener('abort', this.#aborted);
    this.#watched.clear();
  }

  #watch(signal: AbortSignal): Set<GiveUp> {
    this.#forgetIdle();
    const waiting = new Set<GiveUp>();
    this.#watched.set(signal, waiting);
    signal.addEventListener('abort', this.#aborted, { once: true });
    return waiting;
  }

  /** A trigger's signal stays, and later waits use it again. */
  #forgetIdle(): void {
    for (const [signal, waiting] of this.#watched) {
      if (waiting.size > 0) continue;
      signal.removeEventListener('abort', this.#aborted);
      this.#watched.delete(signal);
    }
  }

  readonly #aborted = ({ target }: Event): void => {
    const signal = target as AbortSignal; // we listen to nothing else
    const waiting = this.#watched.get(signal);
    this.#watched.delete(signal);
    for (const giveUp of waiting ?? []) giveUp(signal.reason);
  };
}
