import { type ErrorCode, reasonOf } from '../../errors.ts';
import type { PooledCall } from '../call.ts';
import { type Ending, timedOut } from '../wire/outcome-batch.ts';
import type { RunningCalls } from '../wire/running-mark.ts';

/** How a thread came to its end. */
export interface Demise {
  /** `unfit`: it never became ready. */
  readonly kind: 'stopped' | 'unfit' | 'timed-out' | 'crashed' | 'over-budget';
  readonly reason: string;
  /** What an operator looks up. The reason contains it too. */
  readonly code?: ErrorCode;
  /** The outcome of the call to blame. Absent: no call is. */
  readonly charge?: (timeoutMs: number, durationMs: number) => Ending;
  /** The call on the stack need not be to blame: only a call that is alone is convicted. */
  readonly uncertain?: true;
  /** Only the call with this number is to blame, if it is still on the stack: the guest may have returned at the last moment. */
  readonly overdue?: number;
}

export function stopped(reason: string): Demise {
  return { kind: 'stopped', reason };
}

export function unfit(reason: string): Demise {
  return { kind: 'unfit', reason };
}

/** The guest of this call is on the stack past its deadline. */
export function overdue(number: number): Demise {
  return { kind: 'timed-out', reason: 'a call ran past its deadline', charge: timedOut, overdue: number };
}

/** No guest is on the stack, and no call ends. */
export function stalled(): Demise {
  return { kind: 'timed-out', reason: 'the thread stalled', charge: timedOut };
}

/** It held more memory than its budget; the running call need not have taken it. */
export function overBudget(heldBytes: number, budgetBytes: number): Demise {
  const code = 'SLU2102';
  const reason = `it held ${mib(heldBytes)} of memory, limits.budget is ${mib(budgetBytes)} (${code})`;
  const charge: Demise['charge'] = () => ({ kind: 'trapped', cause: 'memory', reason });
  return { kind: 'over-budget', reason, code, charge, uncertain: true };
}

/** Its process grew by more than the budget while the guest of this call was on the stack. */
export function grewOverBudget(grownBytes: number, budgetBytes: number, number: number): Demise {
  const code = 'SLU2102';
  const reason = `the process grew by ${mib(grownBytes)} while it ran, limits.budget is ${mib(budgetBytes)} (${code})`;
  const charge: Demise['charge'] = () => ({ kind: 'trapped', cause: 'memory', reason });
  return { kind: 'over-budget', reason, code, charge, uncertain: true, overdue: number };
}

/** It sent an invalid message. A guest can only do that if it got out of V8. */
export function broken(what: string): Demise {
  const code = 'SLU2103';
  const reason = `the process is not to be trusted any more: ${what} (${code})`;
  return { kind: 'crashed', reason, code, charge: () => ({ kind: 'trapped', cause: 'trap', reason }), uncertain: true };
}

/** It died by itself. */
export function crashed(thrown: unknown): Demise {
  const outOfHeap = thrown instanceof Error && 'code' in thrown && thrown.code === 'ERR_WORKER_OUT_OF_MEMORY';
  const reason = `the thread crashed: ${reasonOf(thrown)}`;
  const cause = outOfHeap ? 'memory' : 'trap';
  return { kind: 'crashed', reason, charge: () => ({ kind: 'trapped', cause, reason }) };
}

/**
 * The call to blame for the end of a thread: the one whose guest was on the stack. Those that shared a guest call are suspects, and so
 * are all that may have been entered when no guest was on the stack; a suspect that is alone with the next thread that ends is convicted.
 *
 * `calls` are those without an outcome, by number.
 */
export function culpritOf(
  { charge, overdue, uncertain }: Demise,
  running: RunningCalls | undefined,
  calls: ReadonlyMap<number, PooledCall>,
): PooledCall | undefined {
  if (charge === undefined || (overdue !== undefined && overdue !== running?.first)) return undefined;
  const involved = running === undefined ? foremost(calls) : sharing(calls, running);
  const [only, ...others] = involved;
  if (only !== undefined && others.length === 0 && ((running !== undefined && uncertain !== true) || only.suspect))
    return only;
  for (const call of involved) call.suspect = true;
  return undefined;
}

function sharing(calls: ReadonlyMap<number, PooledCall>, { first, count }: RunningCalls): readonly PooledCall[] {
  return Array.from({ length: count }, (_, n) => calls.get(first + n)).filter((call) => call !== undefined);
}

/** Of each chain only the first may have been entered. */
function foremost(calls: ReadonlyMap<number, PooledCall>): readonly PooledCall[] {
  const chains = new Set<unknown>();
  return [...calls.values()].filter(({ chain }) => {
    if (chain === undefined) return true;
    const first = !chains.has(chain);
    chains.add(chain);
    return first;
  });
}

function mib(bytes: number): string {
  return `${Math.ceil(bytes / 2 ** 20)} MiB`;
}
