import type { Clock } from '../clock.ts';
import type { Logger } from '../logger.ts';
import type { DeadLetterStore, LetterLimits, Purged } from './dead-letter-store.ts';

const EACH_MS = 60_000;

export interface ExpireOptions {
  readonly limits: LetterLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly purged: (purged: Purged) => void;
}

/**
 * Keeps the local store of dead letters within its limits: now and each minute, until `signal` is aborted. What is removed is counted and
 * logged. Never rejects: a state file that can't be written says so to those that need it.
 */
export async function expireLetters(
  store: DeadLetterStore,
  { limits, clock, log, purged }: ExpireOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (let gone = await store.purge(limits); gone !== undefined; gone = await store.purge(limits)) {
        for (const each of gone) {
          purged(each);
          log.warn({ ...each }, 'dead letters were purged: they are beyond a limit of [dead_letters]');
        }
        if (signal.aborted) return;
      }
    } catch (thrown) {
      log.debug({ err: thrown }, 'dead letters could not be looked through');
    }
    await clock.sleep(EACH_MS, signal);
  }
}
