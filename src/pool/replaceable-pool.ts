import type { Call } from './call.ts';
import type { InstancePool, PoolStats } from './pool.ts';

/**
 * A pool that can be replaced while calls run: new calls, and those that have not begun, go to the new pool; what runs finishes on the old
 * one, whose threads end after its last call.
 */
export class ReplaceablePool implements AsyncDisposable {
  #current: InstancePool;
  /** Replaced pools that still run something, with the promise of their end. */
  readonly #former = new Map<InstancePool, Promise<void>>();

  constructor(first: InstancePool) {
    this.#current = first;
  }

  /** `successor` is open. */
  replaceBy(successor: InstancePool): void {
    const former = this.#current;
    this.#current = successor;
    this.#former.set(
      former,
      former.giveWayTo(successor).finally(() => this.#former.delete(former)),
    );
  }

  /** Submits it to the current pool, or behind calls of its lane that a former one still has. */
  submit(call: Call): void {
    const { lane, source } = call;
    const former = lane !== undefined && this.#former.size > 0 ? this.#formerOf(source, lane) : undefined;
    (former ?? this.#current).submit(call);
  }

  /** As `InstancePool.withhold`. */
  withhold(source: unknown): void {
    for (const pool of this.#all) pool.withhold(source);
  }

  /** As `InstancePool.resume`. */
  resume(): void {
    for (const pool of this.#all) pool.resume();
  }

  /** As `InstancePool.withdraw`. */
  withdraw(source: unknown, loss?: AbortSignal): void {
    for (const pool of this.#all) pool.withdraw(source, loss);
  }

  /** As `InstancePool.cancel`, on former pools too. */
  cancel(source: unknown): void {
    for (const pool of this.#all) pool.cancel(source);
  }

  /** Of the current pool, and of former ones that still run something. */
  get stats(): PoolStats {
    return sumOfStats(this.#all);
  }

  /** As `InstancePool.drain`. */
  async drain(): Promise<void> {
    await Promise.all([...this.#former.values(), this.#current.drain()]);
  }

  /** The same as `drain`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  #formerOf(source: unknown, lane: string): InstancePool | undefined {
    return [...this.#former.keys()].find((pool) => pool.holds(source, lane));
  }

  get #all(): readonly InstancePool[] {
    return [...this.#former.keys(), this.#current];
  }
}

/** Of all pools together. */
export function sumOfStats(pools: readonly { readonly stats: PoolStats }[]): PoolStats {
  const all = pools.map(({ stats }) => stats);
  const sum = (what: keyof PoolStats): number => all.reduce((total, stats) => total + stats[what], 0);
  return {
    threads: sum('threads'),
    instances: sum('instances'),
    queued: sum('queued'),
    running: sum('running'),
    abandoned: sum('abandoned'),
    abandonedBytes: sum('abandonedBytes'),
  };
}
