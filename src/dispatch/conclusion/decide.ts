import { backoffMs } from '../../backoff.ts';
import type { Outcome } from '../../outcome.ts';

/** How often and how soon an event is retried: one policy, whatever the source. */
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

/** A retry, after a delay. */
export interface Retry {
  readonly kind: 'retry';
  readonly afterMs: number;
  readonly reason: string;
}

/** What follows from an outcome. `give-up` needs a dead letter (or `drop` in the manifest) before the source may be settled. */
export type Decision =
  | { readonly kind: 'accept' }
  | Retry
  | { readonly kind: 'give-up'; readonly reason: string }
  | { readonly kind: 'release' };

/** The attempt that just ended. */
export interface Attempt {
  /** 1 for the first. */
  readonly number: number;
  /** Age of the event in milliseconds. */
  readonly ageMs: number;
  readonly policy: RetryPolicy;
  /** Uniform in [0, 1). */
  readonly random: () => number;
}

/** The one place where an outcome becomes a decision. A delay that the component asked for wins over the policy's, up to its `maxMs`. */
export function decide(outcome: Outcome, attempt: Attempt): Decision {
  switch (outcome.kind) {
    case 'completed':
      return { kind: 'accept' };
    case 'cancelled':
      return { kind: 'release' };
    case 'rejected':
      return { kind: 'give-up', reason: outcome.reason };
    case 'failed':
      return retryOrGiveUp(outcome.reason, attempt, outcome.afterMs);
    case 'trapped':
    case 'timed-out':
      return retryOrGiveUp(outcome.reason, attempt);
  }
}

function retryOrGiveUp(reason: string, { number, ageMs, policy, random }: Attempt, requestedMs?: number): Decision {
  if (number >= policy.attempts)
    return { kind: 'give-up', reason: `${reason} (attempt ${number} of ${policy.attempts})` };
  if (policy.maxAgeMs !== undefined && ageMs > policy.maxAgeMs) {
    return { kind: 'give-up', reason: `${reason} (older than retry.max_age, attempt ${number} of ${policy.attempts})` };
  }
  const afterMs =
    requestedMs === undefined ? retryDelayMs(policy, number, random) : Math.min(requestedMs, policy.maxMs);
  return { kind: 'retry', afterMs, reason };
}

/**
 * Full jitter: uniform between 0 and the exponential bound, so that events that failed together do not come back together.
 * `attempt` is the one that failed, from 1; `random` is uniform in [0, 1).
 */
export function retryDelayMs(policy: RetryPolicy, attempt: number, random: () => number): number {
  const { firstMs, maxMs: longestMs } = policy;
  return Math.round(random() * backoffMs(attempt, { firstMs, longestMs }));
}
