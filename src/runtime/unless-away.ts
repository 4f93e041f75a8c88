import type { Clock } from '../clock.ts';
import { SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';

/** Something that is opened at the start or, if it was away then, when it is needed. */
export interface Deferred {
  readonly name: string;
  open(): Promise<unknown>;
}

/** Without an answer after this long, it counts as away: triggers must not wait for it. */
const PATIENCE_MS = 5000;

/**
 * Opens all of one kind concurrently. One that is away is opened at its first use. Rejects if one refuses for good, or if `signal` is aborted. A
 * refusal after the wait is only logged: triggers run by then, and hold the events that need it.
 */
export async function openUnlessAway(
  kind: 'output' | 'store',
  all: readonly Deferred[],
  { clock, log }: { readonly clock: Clock; readonly log: Logger },
  signal: AbortSignal,
): Promise<void> {
  const over = new AbortController();
  const openOne = async (one: Deferred): Promise<void> => {
    const { name } = one;
    try {
      await one.open();
    } catch (thrown) {
      if (!(thrown instanceof SluiceError)) throw thrown;
      const error = thrown.at({ path: `${kind}.${name}` });
      if (!thrown.transient && over.signal.aborted) {
        log.error(
          { err: error, [kind]: name },
          `${kind} refuses to be opened; events that need it are held until it is repaired`,
        );
        return;
      }
      if (!thrown.transient) throw error;
      log.warn({ err: thrown, [kind]: name }, `${kind} is away; it will be opened when it is needed`);
    }
  };
  const patience = clock.sleep(PATIENCE_MS, AbortSignal.any([signal, over.signal]));
  try {
    await Promise.race([Promise.all(all.map(openOne)), patience]);
  } finally {
    over.abort();
  }
  signal.throwIfAborted();
}
