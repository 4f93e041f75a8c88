import { type AdapterContext, type Clock, type Logger, SluiceError } from '#trigger';
import type { KafkaClient } from '../client/kafka-client.ts';
import type { ConnectionOptions } from '../options/connection-options.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { patternText, topicsThatMatch } from './topic-pattern.ts';
import type { TriggerOptions } from '../options/trigger-options.ts';

/** How often to look for new topics that match a pattern, in milliseconds. */
const LOOK_EVERY_MS = 30_000;

/**
 * The topics to read now. `without`: a topic that a pattern excludes, that of the trigger's own dead letters. Rejects with SLU3406 (transient) if
 * one is missing or none matches, and with SLU3413 if matching takes too long.
 */
export async function findTopics(
  client: KafkaClient,
  wanted: TriggerOptions['topics'],
  without?: string,
): Promise<readonly string[]> {
  if (wanted instanceof RegExp) {
    const matching = await matches(client, wanted, without);
    if (matching.length === 0) throw missing(`no topic matches ${patternText(wanted)}`);
    return matching;
  }
  const known = await client.partitions(wanted);
  const unknown = wanted.filter((topic) => !known.has(topic)).map((topic) => `'${topic}'`);
  if (unknown.length > 0) throw missing(`no topic ${unknown.join(', ')}`);
  return wanted;
}

export interface TopicWatch {
  readonly client: KafkaClient;
  readonly pattern: RegExp;
  readonly without?: string | undefined;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Resolves with the topics that match the pattern once they differ from `known`, or with none when `stop` is aborted first. */
export async function topicsChanged(
  known: readonly string[],
  { client, pattern, without, clock, log }: TopicWatch,
  stop: AbortSignal,
): Promise<readonly string[]> {
  for (;;) {
    await clock.sleep(LOOK_EVERY_MS, stop);
    if (stop.aborted) return [];
    try {
      const found = await matches(client, pattern, without);
      if (found.length > 0 && found.join() !== known.join()) return found;
    } catch (thrown) {
      const isOfPattern = thrown instanceof SluiceError && thrown.code === 'SLU3413';
      log[isOfPattern ? 'warn' : 'debug']({ err: thrown }, 'could not list the topics; trying again');
    }
  }
}

async function matches(client: KafkaClient, pattern: RegExp, without: string | undefined): Promise<readonly string[]> {
  return topicsThatMatch(pattern, await client.topics())
    .filter((topic) => topic !== without)
    .toSorted();
}

/**
 * The topic of the trigger's own dead letters, if its pattern matches that: the trigger would read its dead letters, fail, and write them again,
 * without end. A topic of the same name in another cluster is a different topic.
 */
export function ownDeadLetters(topics: TriggerOptions['topics'], context: AdapterContext): string | undefined {
  const { deadLetter, connection } = context;
  if (deadLetter?.type !== 'kafka' || !(topics instanceof RegExp)) return undefined;
  // Output of this adapter's schemas.
  const { topic } = deadLetter.options as OutputOptions;
  const [theirs, ours] = [deadLetter.connection, connection] as ConnectionOptions[];
  const isSameCluster = theirs?.brokers.some((broker) => ours?.brokers.includes(broker)) === true;
  return isSameCluster && topicsThatMatch(topics, [topic]).length > 0 ? topic : undefined;
}

function missing(what: string): SluiceError {
  return new SluiceError('SLU3406', what, {
    transient: true,
    fix: 'create it (kafka-topics.sh --create --topic NAME), or correct the name',
  });
}
