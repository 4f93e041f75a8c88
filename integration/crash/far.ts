import { z } from 'zod';
import { type Adapter, type Publisher, StateFile } from '../../src/trigger/index.ts';
import { enqueue } from '../../triggers/queue/enqueue.ts';

const options = z.strictObject({ path: z.string() });

/** The queue that it publishes to, in a state file of its own. */
export const FAR = 'far';

/**
 * An output that can't be committed together with a settlement, as with any broker: a queue in another file. It stores whatever it is
 * given, so that duplicates show.
 */
export const adapter: Adapter = {
  type: 'far',
  summary: 'A queue in a file of its own.',
  output: {
    schema: options,
    async open(given): Promise<Publisher> {
      const state = StateFile.open(options.parse(given).path);
      return {
        supports: { durable: true, deduplicates: false, headers: true, keys: true },
        publish: async (messages) => void (await enqueue(state, FAR, messages, { windowMs: 0 })),
        [Symbol.asyncDispose]: () => state[Symbol.asyncDispose](),
      };
    },
  },
};
