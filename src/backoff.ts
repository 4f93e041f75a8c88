/** How pauses between tries grow, in milliseconds. */
export interface Backoff {
  /** The pause after the first failure. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** A larger power of two exceeds every limit, and finally the range of numbers. */
const MOST_DOUBLINGS = 52;

/** The pause after `failures` failures in a row (at least 1): it doubles with each one, up to the longest. */
export function backoffMs(failures: number, { firstMs, longestMs }: Backoff): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS));
}
