import { duration, size } from '#trigger';
import { z } from 'zod';
import { topicName } from './output-options.ts';

/** By default, a broker refuses transactions that may be open for longer (`transaction.max.timeout.ms`). */
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
    .describe('The topic or topics to read.'),
  pattern: pattern
    .optional()
    .describe('Instead of topic: read topics whose whole name matches this regular expression, new ones too.'),
  group: z
    .string()
    .min(1)
    .optional()
    .describe("The consumer group; replicas that name the same one share the partitions. Default: the trigger's name."),
  from: z
    .union([z.enum(['earliest', 'latest']), time])
    .prefault('earliest')
    .describe('Where to begin in a partition without a committed offset: at one of its ends, or at a time.'),
  read_committed: z.boolean().prefault(true).describe('Skip records of aborted transactions, and wait for open ones.'),
  order: z
    .enum(['key', 'partition', 'none'])
    .prefault('key')
    .describe(
      'Which records run one at a time, in order: those with the same key, those of the same partition, or none.',
    ),
  window: z
    .int()
    .min(1)
    .max(100_000)
    .prefault(1000)
    .describe('Limit of unfinished records of one partition; at this number it is paused.'),
  session_timeout: duration({ min: '1s', max: '30m' })
    .prefault('45s')
    .describe('After this long without a heartbeat, the group gives the partitions to other members.'),
  rebalance_timeout: duration({ min: '1s', max: '1h' })
    .prefault('60s')
    .describe('Time for members to rejoin when the group changes.'),
  heartbeat: duration({ min: '100ms', max: '10m' }).prefault('3s').describe('At most a third of session_timeout.'),
  commit_every: duration({ min: '10ms', max: '10m' }).prefault('1s').describe('How often offsets are committed,'),
  commit_records: z.int().min(1).prefault(500).describe('or after this many finished records.'),
  fetch_bytes: size({ min: '1KiB', max: '1GiB' })
    .prefault('10MiB')
    .describe('Size limit of one fetch from one broker.'),
  partition_fetch_bytes: size({ min: '1KiB', max: '1GiB' })
    .prefault('1MiB')
    .describe('Size limit of one partition in a fetch.'),
  exactly_once: z
    .boolean()
    .prefault(false)
    .describe(
      'Commit offsets and messages to Kafka outputs of the same connection in one transaction. Other outputs stay at least once.',
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

/** Where to begin in a partition without a committed offset. */
export type Start = { readonly kind: 'earliest' | 'latest' } | { readonly kind: 'time'; readonly timeMs: number };

function startOf(from: string): Start {
  return from === 'earliest' || from === 'latest' ? { kind: from } : { kind: 'time', timeMs: Date.parse(from) };
}
