/** Nanoseconds since some moment; never goes back. */
export const monotonicNs = (): bigint => process.hrtime.bigint();

const NS_PER_MS = 1_000_000n;
/** A timer holds at most 2^31-1 ms. */
const LONGEST_TIMER_MS = 2 ** 30;

/** Milliseconds for a timer that ends when `due` has come or, when that is far off, earlier. 0: it has come. */
export function timerMs(due: bigint): number {
  const left = due - monotonicNs();
  if (left <= 0n) return 0;
  // Rounded up: a timer that ends too early only has to be started again.
  return Math.min(Number(left / NS_PER_MS) + 1, LONGEST_TIMER_MS);
}
