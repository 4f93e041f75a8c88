let lastMs = 0;
let last = 0n;

/** Whole milliseconds as nanoseconds. Neighbours of one source mostly have the same time: then they share the number, too. */
export function nanoseconds(ms: number): bigint {
  if (ms !== lastMs) {
    last = BigInt(ms) * 1_000_000n;
    lastMs = ms;
  }
  return last;
}
