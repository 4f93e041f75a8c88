import { existsSync, writeFileSync } from 'node:fs';
import { z } from 'zod';
import type { Adapter, Publisher, Trigger } from '../../src/trigger/index.ts';
import { adapter as queue } from '../../triggers/queue/index.ts';
import { adapter as far } from './far.ts';

/**
 * A moment in an event's way at which the process kills itself: `taken`, before or after a settlement of a kind (`settling accept`,
 * `settled accept`), before or after what is given to an output was stored (`publishing`, `published`). Only once: a file says that it
 * was done.
 */
const moment = z.string().regex(/^(?:never|taken|publishing|published|settl(?:ing|ed) (?:accept|retry|drop))$/);

/** Takes the adapter's own options out of those that are for another schema. */
const parts = z.looseObject({ moment }).transform(({ moment, ...rest }) => ({ moment, rest }));

const source = queue.trigger!; // the queue adapter has a trigger, and the far one an output
const destination = far.output!;

/** The embedded queue as a source, and the far queue as a destination, for a process that dies at a certain moment. */
export const adapter: Adapter = {
  type: 'mortal',
  summary: 'Queues whose process dies when it is told to.',
  trigger: {
    schema: z.looseObject({ moment }),
    destination: (options) => source.destination(source.schema.parse(parts.parse(options).rest)),
    async open(options, context, signal): Promise<Trigger> {
      const { moment, rest } = parts.parse(options);
      const trigger = await source.open(source.schema.parse(rest), context, signal);
      const dieAt = mortality(moment, context.name);
      return {
        supports: trigger.supports,
        take: async (max, stop) => {
          const deliveries = await trigger.take(max, stop);
          if (deliveries.length > 0) dieAt('taken');
          return deliveries;
        },
        settle: async (settlements, cancel) => {
          for (const { settlement } of settlements) dieAt(`settling ${settlement.kind}`);
          const unsettled = await trigger.settle(settlements, cancel);
          for (const { settlement } of settlements) dieAt(`settled ${settlement.kind}`);
          return unsettled ?? [];
        },
        commits: (publisher) => trigger.commits?.(publisher) ?? false,
        backlog: async () => (await trigger.backlog?.()) ?? { ready: 0, waiting: 0 },
        [Symbol.asyncDispose]: () => trigger[Symbol.asyncDispose](),
      };
    },
  },
  output: {
    schema: z.looseObject({ moment }),
    async open(options, context, signal): Promise<Publisher> {
      const { moment, rest } = parts.parse(options);
      const publisher = await destination.open(destination.schema.parse(rest), context, signal);
      const dieAt = mortality(moment, context.name);
      return {
        supports: publisher.supports,
        publish: async (messages, cancel) => {
          dieAt('publishing');
          await publisher.publish(messages, cancel);
          dieAt('published');
        },
        [Symbol.asyncDispose]: () => publisher[Symbol.asyncDispose](),
      };
    },
  },
};

function mortality(wanted: string, name: string): (moment: string) => void {
  const done = `died-${name}`;
  return (moment) => {
    if (moment !== wanted || existsSync(done)) return;
    writeFileSync(done, moment);
    process.kill(process.pid, 'SIGKILL');
  };
}
