import { type Adapter, isGone, processMark, type TriggerPart } from '#trigger';
import { type CronOptions, cronOptions, describeSchedule, slotsOf } from './options.ts';
import { runPublisher } from './run-request.ts';
import { CronTrigger } from './trigger.ts';

export { requestRun } from './run-request.ts';

const owners = { self: processMark, gone: isGone };

const trigger: TriggerPart = {
  schema: cronOptions,
  open: (options, context) => CronTrigger.open(options as CronOptions, context, owners), // output of cronOptions
  destination: (options) => describeSchedule(options as CronOptions),
  source: (_options, context) => runPublisher(context),
  delivers: 'tick',
  takesStore: true,
};

export const adapter: Adapter = {
  type: 'cron',
  summary: 'A schedule: cron expressions with time zones, or fixed intervals, kept over restarts.',
  trigger,
};

/** The next `count` slots after `from`, in milliseconds since 1970 and without jitter; fewer when there are no more. */
export function nextSlots(options: unknown, from: number, count: number): readonly number[] {
  const slots = slotsOf(options as CronOptions); // output of cronOptions
  const found: number[] = [];
  for (let slot = slots.next(from); slot !== undefined && found.length < count; slot = slots.next(slot))
    found.push(slot);
  return found;
}
