import { backoffMs } from '../backoff.ts';

/** How often and how soon an event is tried again: one policy, whatever the source. */
export interface RetryPolicy {
  /** Total attempts, the first one included; 1..1000. Default 5. */
  readonly attempts: number;
  /** Upper bound of the first delay, in milliseconds; doubled with each further attempt. Default 200. */
  readonly firstMs: number;
  /** Upper bound of every delay, in milliseconds. Default 30 000. */
  readonly maxMs: number;
  /** An event older than this many milliseconds is given up on at its next failure. Default: off. */
  readonly maxAgeMs?: number;
}

export const defaultRetryPolicy: RetryPolicy = { attempts: 5, firstMs: 200, maxMs: 30_000 };

/**
 * Full jitter: uniform between 0 and the exponential bound, so that events that failed together do not come back together.
 * `attempt` is the one that failed, from 1; `random` is uniform in [0, 1).
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const { firstMs, maxMs: longestMs } = policy;
  return Math.round(random() * backoffMs(attempt, { firstMs, longestMs }));
}
