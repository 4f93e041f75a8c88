import type { Demise } from './demise.ts';
import type { PooledCall } from './pooled-call.ts';
import type { RunningCalls } from './wire/running-mark.ts';

/**
 * Who is to blame for the end of a thread: the one call whose guest was on the stack. Those that shared a guest call are suspects, and so
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
