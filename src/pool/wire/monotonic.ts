/** `performance.now()` counts from the start of its thread; the system's monotonic clock counts from the same moment in all of them. */
const OFFSET_MS = Number(process.hrtime.bigint()) / 1e6 - performance.now();

/** Milliseconds of a clock that is the same in every thread of this process and is never set back. */
export function monotonicMs(): number {
  return performance.now() + OFFSET_MS;
}
