import type { Adapter } from '#trigger';
import {
  type QueueOutputOptions,
  queueOutputOptions,
  type QueueTriggerOptions,
  queueTriggerOptions,
} from './options.ts';

// What runs a queue is loaded when a part is opened: checking a manifest needs none of it.
export const adapter: Adapter = {
  type: 'queue',
  summary: 'The embedded durable queue: items in the state file, leases, delays, order by key. Needs nothing else.',
  trigger: {
    schema: queueTriggerOptions,
    destination: (options) => (options as QueueTriggerOptions).queue, // output of queueTriggerOptions
    open: async (options, context, signal) =>
      (await import('./trigger.ts')).QueueTrigger.open(options as QueueTriggerOptions, context, signal), // likewise
    reads: (options, output) => (options as QueueTriggerOptions).queue === (output as QueueOutputOptions).queue, // likewise
    async openPublisher(options, context) {
      const { queue } = options as QueueTriggerOptions; // likewise
      const { QueuePublisher } = await import('./publisher.ts');
      const { DEFAULT_WINDOW_MS } = await import('./enqueue.ts');
      return new QueuePublisher({ queue, windowMs: DEFAULT_WINDOW_MS, delayMs: 0, priority: 0 }, context);
    },
  },
  output: {
    schema: queueOutputOptions,
    async open(options, context) {
      const { QueuePublisher } = await import('./publisher.ts');
      return new QueuePublisher(options as QueueOutputOptions, context); // output of queueOutputOptions
    },
  },
};
