import type { ICustomPartitioner } from 'kafkajs';

/** No new try begins this long after the first, in milliseconds. */
const LAST_TRY_MS = 10_000;

/**
 * Ends the tries of a producer. The library can't be stopped, but at each try it asks for a record's partition. When time is up, or the producer was
 * closed, it gets an error instead. Otherwise an abandoned send could go out after a later one.
 */
export class TryLimit {
  readonly #now: () => number;
  #last = Infinity;
  #closed = false;

  /** `now` is monotonic, in milliseconds. */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** A send begins. */
  begin(): void {
    this.#last = this.#now() + LAST_TRY_MS;
  }

  close(): void {
    this.#closed = true;
  }

  /** The partition that a record already has. Throws when there must be no other try. */
  readonly partitionOf: ReturnType<ICustomPartitioner> = ({ message: { partition } }) => {
    if (this.#closed) throw new TriedEnough('the producer was closed');
    if (this.#now() > this.#last) throw new TriedEnough(`not confirmed within ${LAST_TRY_MS} ms`);
    if (partition === undefined) throw new TypeError('a record without a partition');
    return partition;
  };
}

/** In the form of the library's own errors: it gives up at one that is not retriable, and we treat it as a missing answer. */
class TriedEnough extends Error {
  readonly retriable = false;
  readonly type = 'REQUEST_TIMED_OUT';
}
