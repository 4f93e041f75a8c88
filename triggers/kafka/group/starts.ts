import { backoffMs, type Clock, type Logger, SluiceError } from '#trigger';
import type { CommittedOffset, KafkaClient, PartitionBounds, TopicPartition } from '../client/kafka-client.ts';
import { readAttempts } from '../commit/attempts-note.ts';
import type { Ledger } from '../commit/ledger.ts';
import type { Start } from '../options/trigger-options.ts';
import type { PartitionStart } from '../records/partition.ts';
import type { Assignment } from './assignment.ts';

export interface BeginningParts {
  readonly ledger: Ledger;
  readonly client: KafkaClient;
  readonly group: string;
  readonly from: Start;
  readonly clock: Clock;
  readonly log: Logger;
}

/** The pause before an offset is looked up again. */
const PAUSES = { firstMs: 500, longestMs: 8000 };

/**
 * Finds the first offset of each partition of a new generation. The ledger comes first: it fences earlier owners, so that the committed offsets that
 * are read next can't change any more. Resolves with none if the generation ends first; rejects if it can never find out.
 */
export async function findBeginnings(assignment: Assignment, parts: BeginningParts): Promise<readonly StartOf[]> {
  const { ledger, client, group, from, clock, log } = parts;
  for (let failures = 1; !assignment.lost.aborted; failures += 1) {
    try {
      await ledger.opened(assignment);
      const starts = await findStarts(assignment.wanted, { client, group, from });
      await commitFirst(starts, assignment);
      return assignment.lost.aborted ? [] : starts;
    } catch (thrown) {
      if (assignment.lost.aborted) break;
      if (!(thrown instanceof SluiceError && thrown.transient)) throw thrown;
      log.warn({ err: thrown }, 'could not find out where to begin; trying again');
      await clock.sleep(backoffMs(failures, PAUSES), assignment.lost);
    }
  }
  return [];
}

/** Otherwise a group that begins at the end, and crashes before its first commit, would miss the records up to then. */
async function commitFirst(starts: readonly StartOf[], assignment: Assignment): Promise<void> {
  const first = starts.filter(({ committed }) => !committed);
  if (first.length === 0) return;
  await assignment.commit(first.map(({ place, start }) => ({ ...place, offset: start.offset, metadata: '' })));
}

export interface StartOf {
  readonly place: TopicPartition;
  readonly start: PartitionStart;
  /** Whether the group had committed an offset for it. */
  readonly committed: boolean;
  /** Offsets that the group had yet to read, and that the broker has removed since. */
  readonly expired: number;
}

/**
 * The first offset of each partition: the group's committed one, else the manifest's `from`. An offset that is no longer in the log moves to the
 * log's beginning, never past records that still exist. Rejects as the client does, and with SLU3409 (transient) if it does not know a partition
 * yet.
 */
export async function findStarts(
  places: readonly TopicPartition[],
  { client, group, from }: { readonly client: KafkaClient; readonly group: string; readonly from: Start },
): Promise<readonly StartOf[]> {
  const topics = [...new Set(places.map(({ topic }) => topic))];
  const committed = new Map<string, CommittedOffset>();
  for (const one of await client.committed(group, topics)) committed.set(`${one.topic}/${one.partition}`, one);
  const starts: StartOf[] = [];
  for (const topic of topics) {
    const ofTopic = places.filter((place) => place.topic === topic);
    const bounds = new Map((await client.bounds(topic)).map((one) => [one.partition, one]));
    const needsTime = ofTopic.some(({ partition }) => !committed.has(`${topic}/${partition}`));
    const atTime = from.kind === 'time' && needsTime ? await client.offsetsAt(topic, from.timeMs) : undefined;
    for (const place of ofTopic) {
      const { partition } = place;
      const bound = bounds.get(partition);
      if (bound === undefined) throw unknown(place);
      const left = committed.get(`${topic}/${partition}`);
      if (left === undefined) {
        const offset = atTime?.get(partition) ?? (from.kind === 'latest' ? bound.end : bound.begin);
        starts.push({ place, start: { offset, attempts: NONE, end: bound.end }, committed: false, expired: 0 });
      } else starts.push(resume(place, left, bound));
    }
  }
  return starts;
}

function resume(
  place: TopicPartition,
  { offset, metadata }: CommittedOffset,
  { begin, end }: PartitionBounds,
): StartOf {
  // Beyond its end: the topic was recreated, or lost its tail.
  if (offset > end) return { place, start: { offset: begin, attempts: NONE, end }, committed: false, expired: 0 };
  const expired = Math.max(0, begin - offset);
  const start = { offset: offset + expired, attempts: readAttempts(offset, metadata), end };
  return { place, start, committed: expired === 0, expired };
}

/** Beginning anyway would mean beginning anew. */
function unknown({ topic, partition }: TopicPartition): SluiceError {
  return new SluiceError('SLU3409', `the cluster does not know partition ${partition} of topic '${topic}' yet`, {
    transient: true,
  });
}

const NONE: ReadonlyMap<number, number> = new Map();
