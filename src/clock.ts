import { setTimeout as sleep } from 'node:timers/promises';

/** Time as the code sees it, so that tests can inject it. */
export interface Clock {
  /** Wall clock: milliseconds since 1970-01-01T00:00:00Z. */
  now(): number;
  /**
   * Resolves after `ms` milliseconds (any length: a sleep longer than a timer can hold is split), or at once when `signal` is aborted;
   * never rejects. The caller checks the signal.
   */
  sleep(ms: number, signal?: AbortSignal): Promise<void>;
}

/** A timer holds at most 2^31-1 ms; wake up well before that. */
const LONGEST_SLEEP_MS = 2 ** 30;

export const systemClock: Clock = {
  now: () => Date.now(),
  async sleep(ms, signal) {
    for (let left = ms; left > 0 && signal?.aborted !== true; left -= LONGEST_SLEEP_MS) {
      const piece = Math.min(left, LONGEST_SLEEP_MS);
      await sleep(piece, undefined, signal === undefined ? {} : { signal }).catch(() => {});
    }
  },
};

/** Resolves when `work` does, but after `ms` milliseconds at the latest. Rejects if `work` rejects by then. */
export async function atMost(ms: number, work: Promise<unknown>, clock: Clock): Promise<void> {
  const over = new AbortController();
  await Promise.race([work, clock.sleep(ms, over.signal)]).finally(() => over.abort());
}

let lastMs = 0;
let last = 0n;

/** Whole milliseconds as nanoseconds. Consecutive events often have the same time, so the last result is cached. */
export function nanoseconds(ms: number): bigint {
  if (ms !== lastMs) {
    last = BigInt(ms) * 1_000_000n;
    lastMs = ms;
  }
  return last;
}
