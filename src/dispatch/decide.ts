import type { Outcome } from '../outcome.ts';
import { retryDelayMs, type RetryPolicy } from './retry.ts';

/** What follows from an outcome. `give-up` needs a dead letter (or the manifest's word) before the source may be settled. */
export type Decision =
  | { readonly kind: 'accept' }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly reason: string }
  | { readonly kind: 'give-up'; readonly reason: string }
  | { readonly kind: 'release' };

/** The attempt that just ended, and what surrounds it. */
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
      return again(outcome.reason, attempt, outcome.afterMs);
    case 'trapped':
    case 'timed-out':
      return again(outcome.reason, attempt);
  }
}

function again(reason: string, { number, ageMs, policy, random }: Attempt, askedMs?: number): Decision {
  if (number >= policy.attempts)
    return { kind: 'give-up', reason: `${reason} (attempt ${number} of ${policy.attempts})` };
  if (policy.maxAgeMs !== undefined && ageMs > policy.maxAgeMs) {
    return { kind: 'give-up', reason: `${reason} (older than retry.max_age, attempt ${number} of ${policy.attempts})` };
  }
  const afterMs = askedMs === undefined ? retryDelayMs(policy, number, random) : Math.min(askedMs, policy.maxMs);
  return { kind: 'retry', afterMs, reason };
}
