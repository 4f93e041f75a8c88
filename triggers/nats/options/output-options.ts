import { z } from 'zod';
import { literalSubject } from '../messages/subject.ts';
import { createOptions, streamName } from './trigger-options.ts';

const keys = z.strictObject({
  subject: z
    .string()
    .regex(literalSubject, 'must be a subject without wildcards, such as "orders.priced"')
    .describe('The subject of the messages.'),
  mode: z
    .enum(['jetstream', 'core'])
    .optional()
    .describe('jetstream: stored by a stream and confirmed. core: sent to present subscribers. Default: jetstream.'),
  stream: streamName
    .optional()
    .describe('The stream that must store the messages; another one is an error. Default: any stream.'),
  create: createOptions.optional(),
});

/** Keys of `[output.NAME]`. */
export const outputOptions = keys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if (given.create !== undefined && given.stream === undefined) wrong('stream', 'is required beside "create"');
    if (given.mode !== 'core') return;
    for (const key of ['stream', 'create'] as const) {
      if (given[key] !== undefined) wrong(key, 'does not go with mode = "core"');
    }
  })
  .transform(({ subject, mode = 'jetstream', stream, create }) => ({ subject, mode, stream, create }));

export type OutputOptions = z.output<typeof outputOptions>;
