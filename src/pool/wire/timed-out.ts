import type { Ending } from './outcome-batch.ts';

/** The outcome of a call that was ended at its deadline, in whichever thread that was noticed. */
export function timedOut(timeoutMs: number, afterMs: number): Ending {
  return { kind: 'timed-out', reason: `ended at its deadline of ${timeoutMs} ms`, afterMs: Math.round(afterMs) };
}
