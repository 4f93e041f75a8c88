/** How pauses between tries grow, in milliseconds. */
export interface Backoff {
  /** The pause after the first failure. */
  readonly firstMs: number;
  readonly longestMs: number;
}

/** A larger power of two is beyond every limit, and in the end no number. */
const MOST_DOUBLINGS = 52;

/** The pause after so many failures in a row, at least 1: doubled with each of them, up to the longest. */
export function backoffMs(failures: number, { firstMs, longestMs }: Backoff): number {
  return Math.min(longestMs, firstMs * 2 ** Math.min(failures - 1, MOST_DOUBLINGS));
}
