import { enqueue, publishedOf } from '../../../triggers/queue/index.ts';
import { SluiceError } from '../../errors.ts';
import type { OutputSettings, TriggerSettings } from '../../manifest/app.ts';
import type { Publisher } from '../../publisher.ts';
import type { StateFile } from '../../state/state-file.ts';

/** What only a queue can do with an item. */
export interface QueueItemOptions {
  /** In milliseconds. */
  readonly afterMs?: number;
  readonly priority?: number;
}

/** A publisher into the queue that a trigger or output names, with what only a queue can do. Throws SLU1001 when it names no queue. */
export function queueTarget(
  state: StateFile,
  { name, type, options }: TriggerSettings | OutputSettings,
  about: QueueItemOptions,
): Publisher {
  if (type !== 'queue') {
    throw new SluiceError('SLU1001', `--after and --priority are for queues, '${name}' is of type ${type}`);
  }
  const { queue } = options as { readonly queue: string }; // both schemas of the queue adapter have it
  return {
    supports: { durable: true, deduplicates: true, headers: true, keys: true },
    publish: async (messages) => {
      const items = messages.map((message) => ({ ...message, ...about }));
      return publishedOf(await enqueue(state, queue, items));
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
