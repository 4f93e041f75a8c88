import { z } from 'zod';
import { duration } from '../../trigger/duration.ts';

/** Names of components, connections, outputs and triggers. They appear in paths, metrics and commands. */
export const nameSchema = z.string().regex(/^[A-Za-z0-9][\w-]{0,62}$/, {
  error: ({ input }) =>
    `must be a name of at most 63 letters, digits, "-" and "_", and begin with a letter or digit, got ${JSON.stringify(input)}`,
});

const longestDelay = '7d';
export const mostConcurrency = 65_536;

const retry = z
  .strictObject({
    attempts: z.int().min(1).max(1000).prefault(5).describe('Total attempts, including the first.'),
    first: duration({ min: '1ms', max: longestDelay })
      .prefault('200ms')
      .describe('Upper bound of the first delay; it doubles with each attempt, and the delay is drawn from below it.'),
    max: duration({ min: '1ms', max: longestDelay }).prefault('30s').describe('Upper bound of all delays.'),
    max_age: z
      .union([z.literal('off'), duration({ min: '1s' })])
      .prefault('off')
      .describe('Events older than this are not retried.'),
  })
  .refine(({ first, max }) => first <= max, { path: ['first'], error: 'must not be longer than retry.max' })
  .describe('What happens when a component fails, traps or takes too long.');

/** Keys that every `[[trigger.TYPE]]` has beside its adapter's. */
export const triggerKeys = z.object({
  name: nameSchema.optional().describe('Unique among triggers. Default: TYPE-COMPONENT.'),
  component: z.string().describe('The component that gets the events.'),
  concurrency: z
    .int()
    .min(1)
    .max(mostConcurrency)
    .optional()
    .describe("Deliveries that may be unsettled at once. Default: 16 times the component's pool.instances."),
  order_strict: z
    .boolean()
    .prefault(false)
    .describe(
      'With an order: start an event only when the one ahead of it is settled, not as soon as that one completed.',
    ),
  retry: retry.prefault({}),
  dead_letter: z
    .string()
    .min(1)
    .prefault('store')
    .describe('Where events go when they are given up on: an output, "store" (kept locally), or "drop".'),
  on_failure: z
    .enum(['keep', 'exit'])
    .prefault('keep')
    .describe('When the trigger cannot be restarted: the others continue (keep), or Sluice ends (exit).'),
  timeout: duration({ min: '1ms', max: '24h' })
    .optional()
    .describe("Overrides the component's limits.timeout for this trigger."),
});
