import { duration, size } from '#trigger';
import { z } from 'zod';
import { topicName } from './output-options.ts';

/** A broker refuses transactions that may be open for longer (`transaction.max.timeout.ms`, by default). */
const LONGEST_TRANSACTION = '15m';

const pattern = z.string().transform((text, context): RegExp => {
  try {
    return new RegExp(`^(?:${text})$`);
  } catch (thrown) {
    const reason = thrown instanceof SyntaxError ? thrown.message : String(thrown);
    context.addIssue({ code: 'custom', message: `must be a regular expression: ${reason}`, input: text });
    return z.NEVER;
  }
});

const time = z.iso.datetime({
  offset: true,
  error: ({ input }) =>
    `must be "earliest", "latest" or a time such as "2026-01-02T03:04:05Z", got ${JSON.stringify(input)}`,
});

const keys = z.strictObject({
  topic: z
    .union([topicName.transform((one) => [one]), z.array(topicName).min(1)])
    .optional()
    .describe('What to read: one topic or several.'),
  pattern: pattern
    .optional()
    .describe('What to read instead: topics whose whole name matches this regular expression, new ones too.'),
  group: z
    .string()
    .min(1)
    .optional()
    .describe("The consumer group; replicas that name the same one share the partitions. Default: the trigger's name."),
  from: z
    .union([z.enum(['earliest', 'latest']), time])
    .prefault('earliest')
    .describe('Where a partition begins of which the group has committed nothing: an end of it, or a time.'),
  read_committed: z
    .boolean()
    .prefault(true)
    .describe('Leave out records of transactions that were aborted, and wait for those that are open.'),
  order: z
    .enum(['key', 'partition', 'none'])
    .prefault('key')
    .describe('Records with the same key, of the same partition, or none at all run one at a time, in order.'),
  window: z
    .int()
    .min(1)
    .max(100_000)
    .prefault(1000)
    .describe('Unfinished records of one partition; with so many it is paused.'),
  session_timeout: duration({ min: '1s', max: '30m' })
    .prefault('45s')
    .describe('After so long without a heartbeat the group gives the partitions to others.'),
  rebalance_timeout: duration({ min: '1s', max: '1h' })
    .prefault('60s')
    .describe('How long members have to join again when the group changes.'),
  heartbeat: duration({ min: '100ms', max: '10m' }).prefault('3s').describe('At most a third of session_timeout.'),
  commit_every: duration({ min: '10ms', max: '10m' }).prefault('1s').describe('Offsets are committed so often,'),
  commit_records: z.int().min(1).prefault(500).describe('or when so many records are finished.'),
  fetch_bytes: size({ min: '1KiB', max: '1GiB' }).prefault('10MiB').describe('Of one fetch from one broker.'),
  partition_fetch_bytes: size({ min: '1KiB', max: '1GiB' }).prefault('1MiB').describe('Of one partition in it.'),
  exactly_once: z
    .boolean()
    .prefault(false)
    .describe(
      'Offsets and what goes to Kafka outputs of the same connection are committed in one transaction. Other outputs stay at least once.',
    ),
  transaction_timeout: duration({ min: '1s', max: LONGEST_TRANSACTION })
    .prefault('60s')
    .describe('With exactly_once: the broker aborts a transaction that is open for longer.'),
});

/** Keys of `[[trigger.kafka]]`. */
export const triggerOptions = keys
  .superRefine((given, context) => {
    const wrong = (key: string, message: string): void => context.addIssue({ code: 'custom', message, path: [key] });
    if ((given.topic === undefined) === (given.pattern === undefined)) {
      wrong('topic', given.topic === undefined ? 'is required, or "pattern"' : 'must not be given beside "pattern"');
    }
    if (given.heartbeat * 3 > given.session_timeout) wrong('heartbeat', 'must be at most a third of session_timeout');
    if (given.partition_fetch_bytes > given.fetch_bytes) wrong('partition_fetch_bytes', 'must be at most fetch_bytes');
    if (given.exactly_once && !given.read_committed) wrong('read_committed', 'must be true with exactly_once');
  })
  .transform((given) => ({
    topics: given.pattern ?? given.topic ?? [],
    group: given.group,
    start: startOf(given.from),
    readCommitted: given.read_committed,
    order: given.order,
    window: given.window,
    sessionTimeoutMs: given.session_timeout,
    rebalanceTimeoutMs: given.rebalance_timeout,
    heartbeatIntervalMs: given.heartbeat,
    commitEveryMs: given.commit_every,
    commitRecords: given.commit_records,
    fetchBytes: given.fetch_bytes,
    partitionFetchBytes: given.partition_fetch_bytes,
    exactlyOnce: given.exactly_once,
    transactionTimeoutMs: given.transaction_timeout,
  }));

/** Topics are a list of names, or an expression that matches whole names. */
export type TriggerOptions = z.output<typeof triggerOptions>;

/** Where a partition begins of which the group has committed nothing. */
export type Start = { readonly kind: 'earliest' | 'latest' } | { readonly kind: 'time'; readonly timeMs: number };

function startOf(from: string): Start {
  return from === 'earliest' || from === 'latest' ? { kind: from } : { kind: 'time', timeMs: Date.parse(from) };
}
