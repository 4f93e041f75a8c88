import { duration } from '#trigger';
import { z } from 'zod';

/** Names of topics: `org.apache.kafka.common.internals.Topic`. */
export const literalTopic = /^(?!\.{1,2}$)[\w.-]{1,249}$/;

export const topicName = z.string().regex(literalTopic, {
  error: ({ input }) => `must be 1 to 249 letters, digits, dots, underscores and dashes, got ${JSON.stringify(input)}`,
});

/** Keys of `[output.NAME]`. */
export const outputOptions = z
  .strictObject({
    topic: topicName.describe('The topic of the messages; it must exist.'),
    compression: z
      .enum(['none', 'gzip', 'snappy', 'lz4', 'zstd'])
      .prefault('none')
      .describe('zstd compresses best for its time. Compression takes time from the one thread that moves all events.'),
    timeout: duration({ min: '1s', max: '5m' })
      .prefault('30s')
      .describe('Time limit for storing a message on all in-sync replicas.'),
  })
  .transform(({ topic, compression, timeout }) => ({ topic, compression, timeoutMs: timeout }));

export type OutputOptions = z.output<typeof outputOptions>;
