/**
 * `performance.now()` counts from the start of its thread; the system's monotonic clock counts from the same moment in all of them. The largest of
 * several differences is the best: a thread that loses its processor between the two readings finds too small a one.
 */
const OFFSET_MS = Math.max(...Array.from({ length: 5 }, offset));

/** Milliseconds of a clock that is the same in every thread of this process and is never set back. */
export function monotonicMs(): number {
  return performance.now() + OFFSET_MS;
}

function offset(): number {
  return Number(process.hrtime.bigint()) / 1e6 - performance.now();
}
