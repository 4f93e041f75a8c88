import { duration, size } from '#trigger';
import { z } from 'zod';

/** A subject to subscribe to: tokens between dots, `*` for one, `>` for the rest (docs.nats.io, subject-based messaging). */
const filter = z
  .string()
  .regex(
    /^(?:[^\s.*>]+|\*)(?:\.(?:[^\s.*>]+|\*))*(?:\.>)?$|^>$/,
    'must be a subject such as "orders.*.created" or "orders.>"',
  );

/** Stream and durable names go into subjects and file names. */
export const streamName = z.string().regex(/^[^\s.*>/\\]{1,255}$/, 'must not hold blanks, dots, slashes, * or >');

const queueName = z.string().regex(/^[^\s*>]{1,255}$/, 'must not hold blanks, * or >');

export const createOptions = z
  .strictObject({
    subjects: z.array(filter).min(1).describe('What the stream stores.'),
    retention: z
      .enum(['limits', 'interest', 'workqueue'])
      .prefault('limits')
      .describe('How long messages stay: until a limit, until all consumers have them, or until one has.'),
    storage: z.enum(['file', 'memory']).prefault('file').describe('memory: gone when the server restarts.'),
    replicas: z.int().min(1).max(5).prefault(1).describe('Servers of the cluster that keep a copy.'),
    max_age: duration({ min: '1s' }).optional().describe('Older messages are removed. Default: never.'),
    max_bytes: size({ min: '1KiB' }).optional().describe('Default: no limit.'),
    discard: z.enum(['old', 'new']).prefault('old').describe('Which messages are discarded when it is full.'),
    duplicate_window: duration({ min: '100ms' })
      .optional()
      .describe('How long message ids are remembered. Default: the 2m of the server, or max_age if that is shorter.'),
  })
  .describe('Create the stream if it does not exist.');

const keys = z.strictObject({
  subject: filter.optional().describe('Core NATS: the subject to subscribe to. At most once; requests are answered.'),
  queue: queueName.optional().describe('Core NATS: a queue group; each message goes to one of its members.'),
  reply: z.boolean().optional().describe('Core NATS: answer requests. Default: true.'),
  buffer: z
    .int()
    .min(1)
    .max(1_000_000)
    .optional()
    .describe('Core NATS: messages that may wait for a free instance; more are dropped and counted. Default: 1024.'),
  buffer_bytes: size({ min: '1KiB' }).optional().describe('Core NATS: the same in bytes. Default: 64MiB.'),

  stream: streamName.optional().describe('JetStream: the stream to read. At least once.'),
  durable: streamName.optional().describe("JetStream: the consumer's name. Default: the name of the trigger."),
  filter: z
    .union([filter.transform((one) => [one]), z.array(filter).min(1)])
    .optional()
    .describe('JetStream: only these subjects of the stream.'),
  deliver: z
    .enum(['all', 'new', 'last', 'last_per_subject'])
    .optional()
    .describe('JetStream: where a new durable begins. Default: all.'),
  start_sequence: z.int().min(1).optional().describe('JetStream: a new durable begins with this message.'),
  start_time: z.iso.datetime({ offset: true }).optional().describe('JetStream: a new durable begins at this time.'),
  order: z
    .string()
    .regex(/^(?:none|subject|header:[!-9;-~]+)$/, 'must be "none", "subject" or "header:NAME"')
    .optional()
    .describe('JetStream: messages of one subject, or with one value of a header, run one at a time. Default: none.'),
  window: z
    .int()
    .min(1)
    .max(100_000)
    .optional()
    .describe('JetStream: the limit of requested plus held messages. Default: twice the concurrency.'),
  ack_wait: duration({ min: '1s', max: '12h' })
    .optional()
    .describe('JetStream: for a new durable; extended while a message is held. Default: 30s.'),
  max_deliver: z.int().min(1).optional().describe('JetStream: for a new durable. Default: 102 more than the attempts.'),
  max_ack_pending: z
    .int()
    .min(1)
    .optional()
    .describe('JetStream: for a new durable, for all replicas. Default: twice the window, at least 1000.'),
  create: createOptions.optional(),
  update: z
    .boolean()
    .optional()
    .describe('JetStream: change an existing stream or durable to these settings. Default: false.'),
});

const coreOnly = ['queue', 'reply', 'buffer', 'buffer_bytes'] as const;
const streamOnly = [
  'durable',
  'filter',
  'deliver',
  'start_sequence',
  'start_time',
  'order',
  'window',
  'ack_wait',
  'max_deliver',
  'max_ack_pending',
  'create',
  'update',
] as const;

/** Keys of `[[trigger.nats]]`: either `subject` (core NATS) or `stream` (JetStream). */
export const triggerOptions = keys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if ((given.subject === undefined) === (given.stream === undefined)) {
      wrong('stream', given.stream === undefined ? 'is required, or "subject"' : 'must not be given beside "subject"');
      return;
    }
    const [present, foreign] = given.stream === undefined ? ['subject', streamOnly] : ['stream', coreOnly];
    for (const key of foreign) if (given[key] !== undefined) wrong(key, `does not go with "${present}"`);
    const starts = (['deliver', 'start_sequence', 'start_time'] as const).filter((key) => given[key] !== undefined);
    for (const key of starts.slice(1)) wrong(key, `must not be given beside "${starts[0]}"`);
  })
  .transform(({ subject, stream, ...given }): CoreOptions | StreamOptions =>
    stream === undefined
      ? {
          kind: 'core',
          subject: subject ?? '>',
          queue: given.queue,
          reply: given.reply ?? true,
          buffer: given.buffer ?? 1024,
          bufferBytes: given.buffer_bytes ?? 64 * 2 ** 20,
        }
      : {
          kind: 'stream',
          stream,
          durable: given.durable,
          filters: given.filter ?? [],
          start: startOf(given),
          order: given.order ?? 'none',
          window: given.window,
          ackWaitMs: given.ack_wait ?? 30_000,
          maxDeliver: given.max_deliver,
          maxAckPending: given.max_ack_pending,
          create: given.create,
          update: given.update ?? false,
        },
  );

/** Where a new durable begins. */
export type Start =
  | { readonly kind: 'all' | 'new' | 'last' | 'last_per_subject' }
  | { readonly kind: 'sequence'; readonly sequence: number }
  | { readonly kind: 'time'; readonly time: string };

export type CreateOptions = z.output<typeof createOptions>;

export interface CoreOptions {
  readonly kind: 'core';
  readonly subject: string;
  readonly queue: string | undefined;
  readonly reply: boolean;
  readonly buffer: number;
  readonly bufferBytes: number;
}

export interface StreamOptions {
  readonly kind: 'stream';
  readonly stream: string;
  readonly durable: string | undefined;
  /** None: the whole stream. */
  readonly filters: readonly string[];
  readonly start: Start;
  /** `none`, `subject` or `header:NAME`. */
  readonly order: string;
  readonly window: number | undefined;
  readonly ackWaitMs: number;
  readonly maxDeliver: number | undefined;
  readonly maxAckPending: number | undefined;
  readonly create: CreateOptions | undefined;
  readonly update: boolean;
}

function startOf({
  deliver = 'all',
  start_sequence: sequence,
  start_time: time,
}: Pick<z.output<typeof keys>, 'deliver' | 'start_sequence' | 'start_time'>): Start {
  if (sequence !== undefined) return { kind: 'sequence', sequence };
  return time === undefined ? { kind: deliver } : { kind: 'time', time };
}
