import { type Clock, type Logger, SluiceError } from '#trigger';
import type { Assignment } from './assignment.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { Ledger } from '../commit/ledger.ts';
import { findStarts, type StartOf } from './starts.ts';
import type { Start } from '../options/trigger-options.ts';

export interface BeginningParts {
  readonly ledger: Ledger;
  readonly client: KafkaClient;
  readonly group: string;
  readonly from: Start;
  readonly clock: Clock;
  readonly log: Logger;
}

/** First and longest pause before a place in the log is looked up again, in milliseconds. */
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 8000;

/**
 * Finds out where each partition of a new generation begins. The ledger comes first: it sees to it that nobody commits behind our back what
 * is read then. Resolves with none when the generation is over before; rejects when it can't be found out, for good.
 */
export async function findBeginnings(assignment: Assignment, parts: BeginningParts): Promise<readonly StartOf[]> {
  const { ledger, client, group, from, clock, log } = parts;
  for (let pauseMs = FIRST_PAUSE_MS; !assignment.lost.aborted; pauseMs = Math.min(pauseMs * 2, LONGEST_PAUSE_MS)) {
    try {
      await ledger.opened(assignment);
      const starts = await findStarts(assignment.wanted, { client, group, from });
      await commitFirst(starts, assignment);
      return assignment.lost.aborted ? [] : starts;
    } catch (thrown) {
      if (assignment.lost.aborted) break;
      if (!(thrown instanceof SluiceError && thrown.transient)) throw thrown;
      log.warn({ err: thrown }, 'where to begin could not be found out; trying again');
      await clock.sleep(pauseMs, assignment.lost);
    }
  }
  return [];
}

/** Otherwise a group that begins at the end would miss what comes before its first commit, if it crashed until then. */
async function commitFirst(starts: readonly StartOf[], assignment: Assignment): Promise<void> {
  const first = starts.filter(({ committed }) => !committed);
  if (first.length === 0) return;
  await assignment.commit(first.map(({ place, start }) => ({ ...place, offset: start.offset, metadata: '' })));
}
