import { SluiceError } from './errors.ts';

/**
 * Settles as `work` does, or rejects with the reason of `signal` as soon as that is aborted. The work itself continues: use this if it can't be
 * stopped, or if others wait for it too.
 */
export async function orAborted<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  if (signal.aborted) abort();
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([work, aborted.promise]);
  } finally {
    signal.removeEventListener('abort', abort);
  }
}

/** One listener per signal, not one per call: there is a call for every batch. */
const waits = new WeakMap<AbortSignal, Set<() => void>>();

/**
 * Settles as `settling` does, or rejects with SLU3003 (transient) as soon as `cancel` is aborted; what was sent to the source may still
 * arrive. For adapters whose source may stop answering while a settlement waits for it.
 */
export function settledOrCancelled<T>(settling: Promise<T>, cancel: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const giveUp = (): void => reject(cancelled());
    const waiting = waitsOf(cancel);
    waiting.add(giveUp);
    if (cancel.aborted) giveUp();
    settling.then(
      (value) => {
        waiting.delete(giveUp);
        resolve(value);
      },
      (thrown: unknown) => {
        waiting.delete(giveUp);
        reject(thrown);
      },
    );
  });
}

function waitsOf(cancel: AbortSignal): Set<() => void> {
  const known = waits.get(cancel);
  if (known !== undefined) return known;
  const waiting = new Set<() => void>();
  waits.set(cancel, waiting);
  cancel.addEventListener('abort', () => waiting.forEach((giveUp) => giveUp()), { once: true });
  return waiting;
}

function cancelled(): SluiceError {
  return new SluiceError('SLU3003', 'the wait for the source to confirm a settlement was cancelled', {
    transient: true,
    state: 'the event comes again, unless the settlement arrived after all',
  });
}
