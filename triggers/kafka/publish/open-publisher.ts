import type { AdapterContext, Message } from '#trigger';
import { KafkajsClient } from '../client/kafkajs/kafkajs-client.ts';
import type { ConnectionOptions } from '../options/connection-options.ts';
import type { OutputOptions } from '../options/output-options.ts';
import { KafkaPublisher, type KafkaPublisherParts } from './publisher.ts';
import { topicsThatMatch } from '../group/topic-pattern.ts';
import type { TriggerOptions } from '../options/trigger-options.ts';

/** A publisher to the topic of an output. Rejects with SLU3401 or SLU3403 to SLU3406. */
export async function openOutput(
  { topic, compression, timeoutMs }: OutputOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<KafkaPublisher> {
  return open({ producer: { compression, timeoutMs }, topicOf: () => topic }, [topic], context, signal);
}

/**
 * A publisher into a trigger's source: an event goes back to its own topic, any other message to the only topic, if there is only one. The event's
 * topic is the message's subject; headers don't count. It never writes to a topic that the trigger does not read.
 */
export async function openPublisher(
  { topics }: TriggerOptions,
  context: AdapterContext,
  signal: AbortSignal,
): Promise<KafkaPublisher> {
  // Topics with this prefix are the cluster's own.
  const isRead = (topic: string): boolean =>
    topics instanceof RegExp
      ? !topic.startsWith('__') && topicsThatMatch(topics, [topic]).length > 0
      : topics.includes(topic);
  const [only, ...others] = topics instanceof RegExp ? [] : topics;
  const topicOf = ({ subject }: Message): string | undefined => {
    if (subject !== undefined && isRead(subject)) return subject;
    return others.length === 0 ? only : undefined;
  };
  return open({ producer: { compression: 'none' }, topicOf, isBack: true }, [], context, signal);
}

async function open(
  parts: Pick<KafkaPublisherParts, 'producer' | 'topicOf' | 'isBack'>,
  topics: readonly string[],
  { name, connection: given, clock, log }: AdapterContext,
  signal: AbortSignal,
): Promise<KafkaPublisher> {
  const connection = given as ConnectionOptions; // output of this adapter's connection schema
  const client = await KafkajsClient.open({ connection, name, clock, log }, signal);
  return KafkaPublisher.open({ ...parts, client, connection, clock }, topics, signal);
}
