import type { Limits } from './core-limits.ts';

/** A memory or table, and how often one instance of the component has it. */
export interface Claim {
  readonly limits: Limits;
  readonly instances: number;
}

/**
 * A maximum for each, so that together they stay within `budget`: each gets its minimum and an equal share of the rest, and what is out
 * of one's reach goes to the others. `undefined` when the minimums alone exceed the budget.
 */
export function allot(claims: readonly Claim[], budget: bigint): ReadonlyMap<Limits, bigint> | undefined {
  let left = budget - minimumOf(claims);
  if (left < 0n) return undefined;
  let sharers = claims.reduce((sum, { instances }) => sum + BigInt(instances), 0n);
  const room = ({ limits: { min, reach } }: Claim): bigint => reach - min;
  const maximums = new Map<Limits, bigint>();
  // The most modest first, so that their leavings are there for the rest.
  for (const claim of claims.toSorted((a, b) => (room(a) < room(b) ? -1 : 1))) {
    const instances = BigInt(claim.instances);
    const share = instances === 0n ? 0n : left / sharers;
    const more = room(claim) < share ? room(claim) : share;
    maximums.set(claim.limits, claim.limits.min + more);
    left -= more * instances;
    sharers -= instances;
  }
  return maximums;
}

/** What the claims hold from the start. */
export function minimumOf(claims: readonly Claim[]): bigint {
  return claims.reduce((sum, { limits, instances }) => sum + limits.min * BigInt(instances), 0n);
}
