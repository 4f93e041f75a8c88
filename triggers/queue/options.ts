import { duration } from '#trigger';
import { z } from 'zod';
import { HIGHEST_PRIORITY, LONGEST_NAME, LOWEST_PRIORITY } from './item.ts';

const queue = z
  .string()
  .regex(/^[A-Za-z0-9][A-Za-z0-9._-]*$/, {
    error: 'must be letters, digits, ".", "_" and "-", beginning with a letter or a digit',
  })
  .max(LONGEST_NAME)
  .describe('The name of the queue in the state file. It is created at its first use.');

/** Keys of `[[trigger.queue]]`. */
export const queueTriggerOptions = z
  .strictObject({
    queue,
    lease: duration({ min: '1s', max: '1h' })
      .prefault('30s')
      .describe(
        'An item goes to another holder if its own is silent for this long. Holders renew the lease while they live.',
      ),
    order: z
      .enum(['key', 'none'])
      .prefault('key')
      .describe('Whether items with the same key run one at a time, in the order in which they came.'),
    keep_done: duration({ max: '365d' })
      .prefault('0s')
      .describe('How long finished items stay in the state file for inspection. 0s: not at all.'),
  })
  .transform(({ queue, lease, order, keep_done }) => ({ queue, leaseMs: lease, order, keepDoneMs: keep_done }));

export type QueueTriggerOptions = z.output<typeof queueTriggerOptions>;

/** Keys of `[output.NAME]` with `type = "queue"`. */
export const queueOutputOptions = z
  .strictObject({
    queue,
    dedup: duration({ max: '7d' })
      .prefault('2m')
      .describe('A message whose id was put into the queue within this time is not stored again. 0s: ids are ignored.'),
    delay: duration({ max: '365d' }).prefault('0s').describe('Every message waits this long before it is handed out.'),
    priority: z
      .int()
      .min(LOWEST_PRIORITY)
      .max(HIGHEST_PRIORITY)
      .prefault(LOWEST_PRIORITY)
      .describe('Messages of a higher priority are handed out first, except those with a key in an ordered queue.'),
  })
  .transform(({ queue, dedup, delay, priority }) => ({ queue, windowMs: dedup, delayMs: delay, priority }));

export type QueueOutputOptions = z.output<typeof queueOutputOptions>;
