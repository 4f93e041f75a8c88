import { enqueue } from '../../../triggers/queue/enqueue.ts';
import { publishedOf } from '../../../triggers/queue/publisher.ts';
import { SluiceError } from '../../errors.ts';
import type { OutputSettings, TriggerSettings } from '../../manifest/app.ts';
import type { Publisher } from '../../publisher.ts';
import type { StateFile } from '../../state/state-file.ts';

/** Options of an item that only queues have. */
export interface QueueItemOptions {
  /** In milliseconds. */
  readonly afterMs?: number;
  readonly priority?: number;
}

/** A publisher into the queue of a trigger or output, with options that only queues have. Throws SLU1001 if it is not a queue. */
export function queueTarget(
  state: StateFile,
  { name, type, options }: TriggerSettings | OutputSettings,
  about: QueueItemOptions,
): Publisher {
  if (type !== 'queue') {
    throw new SluiceError('SLU1001', `--after and --priority are only for queues, but '${name}' is of type ${type}`);
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
