import { type Backlog, type Clock, SluiceError } from '#trigger';
import type { Assignment } from './assignment.ts';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { Intake } from '../records/intake.ts';

/** Time limit for finding the ends of the logs, in milliseconds: a status request must not wait for a hanging broker. */
const ANSWER_MS = 2000;

export interface BacklogParts {
  readonly client: KafkaClient;
  readonly intake: Intake;
  readonly clock: Clock;
}

/** The backlog of this generation's partitions. Rejects with SLU3403 (transient) if the broker does not say where their logs end. */
export async function backlogOf(
  assignment: Assignment | undefined,
  { client, intake, clock }: BacklogParts,
): Promise<Backlog> {
  // Between two generations it is unknown which partitions are ours; that is not the same as none.
  if (assignment === undefined || assignment.partitions.length < assignment.wanted.length)
    return { ready: 1, waiting: 0 };
  await inTime(seeEnds(assignment, client), clock);
  const { ready, waiting, oldestTimestamp } = intake.backlog;
  if (oldestTimestamp === undefined) return { ready, waiting };
  return { ready, waiting, oldestMs: Math.max(0, clock.now() - oldestTimestamp) };
}

async function seeEnds(assignment: Assignment, client: KafkaClient): Promise<void> {
  const topics = new Set(assignment.wanted.map(({ topic }) => topic));
  for (const topic of topics) {
    for (const { partition, end } of await client.bounds(topic)) assignment.get({ topic, partition })?.sawEnd(end);
  }
}

async function inTime(answer: Promise<void>, clock: Clock): Promise<void> {
  const answered = new AbortController();
  const late = clock.sleep(ANSWER_MS, answered.signal).then(() => {
    if (!answered.signal.aborted)
      throw new SluiceError('SLU3403', `Kafka did not answer within ${ANSWER_MS} ms`, { transient: true });
  });
  await Promise.race([answer, late]).finally(() => answered.abort());
}
