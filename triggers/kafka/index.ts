import type { Adapter } from '#trigger';
import { type ConnectionOptions, connectionOptions } from './options/connection-options.ts';
import { type OutputOptions, outputOptions } from './options/output-options.ts';
import { patternText, topicsThatMatch } from './group/topic-pattern.ts';
import { type TriggerOptions, triggerOptions } from './options/trigger-options.ts';

// The client is loaded when something is opened: it takes its time, and most manifests name other sources.
const triggers = async () => import('./open-trigger.ts');
const publishers = async () => import('./publish/open-publisher.ts');

/** Kafka: topics read in consumer groups, at least once or, into other topics of the same cluster, exactly once. */
export const adapter: Adapter = {
  type: 'kafka',
  summary: 'Kafka: topics, read in consumer groups.',
  connection: { schema: connectionOptions, places: (options) => (options as ConnectionOptions).brokers }, // of the schema
  trigger: {
    schema: triggerOptions,
    destination: (options) => {
      const { topics } = options as TriggerOptions; // output of the schema above
      return topics instanceof RegExp ? patternText(topics) : topics.join(',');
    },
    reads: (options, output, ownLetters) => {
      const { topics } = options as TriggerOptions; // output of the schema above
      const { topic } = output as OutputOptions; // likewise
      // A pattern leaves the topic of its trigger's own dead letters out.
      return topics instanceof RegExp
        ? !ownLetters && topicsThatMatch(topics, [topic]).length > 0
        : topics.includes(topic);
    },
    openPublisher: async (options, context, signal) =>
      (await publishers()).openPublisher(options as TriggerOptions, context, signal),
    open: async (options, context, signal) =>
      (await triggers()).openTrigger(options as TriggerOptions, context, signal),
    probe: async (options, context, signal) =>
      (await triggers()).probeTrigger(options as TriggerOptions, context, signal),
  },
  output: {
    schema: outputOptions,
    open: async (options, context, signal) =>
      (await publishers()).openOutput(options as OutputOptions, context, signal),
  },
};
