import type { Adapter } from '#trigger';
import {
  type QueueOutputOptions,
  queueOutputOptions,
  type QueueTriggerOptions,
  queueTriggerOptions,
} from './options.ts';
import { DEFAULT_WINDOW_MS } from './enqueue.ts';
import { QueuePublisher } from './publisher.ts';
import { QueueTrigger } from './trigger.ts';

export { enqueue, type EnqueueOptions } from './enqueue.ts';
export type { QueueItem } from './item.ts';
export { publishedOf } from './publisher.ts';
export type { Receipt } from './tables/writer.ts';

export const adapter: Adapter = {
  type: 'queue',
  summary: 'The embedded durable queue: items in the state file, leases, delays, order by key. Needs nothing else.',
  trigger: {
    schema: queueTriggerOptions,
    destination: (options) => (options as QueueTriggerOptions).queue, // output of queueTriggerOptions
    open: (options, context, signal) => QueueTrigger.open(options as QueueTriggerOptions, context, signal), // likewise
    reads: (options, output) => (options as QueueTriggerOptions).queue === (output as QueueOutputOptions).queue, // likewise
    async openPublisher(options, context) {
      const { queue } = options as QueueTriggerOptions; // likewise
      return new QueuePublisher({ queue, windowMs: DEFAULT_WINDOW_MS, delayMs: 0, priority: 0 }, context);
    },
  },
  output: {
    schema: queueOutputOptions,
    async open(options, context) {
      return new QueuePublisher(options as QueueOutputOptions, context); // output of queueOutputOptions
    },
  },
};
