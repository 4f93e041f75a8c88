import { type Adapter, isGone, processMark, type TriggerPart } from '#trigger';
import { type CronOptions, cronOptions, describeSchedule } from './options.ts';

const owners = { self: processMark, gone: isGone };

const trigger: TriggerPart = {
  schema: cronOptions,
  // The code that runs a schedule is loaded when one is opened: asking when it is due needs none of it.
  open: async (options, context) =>
    (await import('./trigger.ts')).CronTrigger.open(options as CronOptions, context, owners), // output of cronOptions
  destination: (options) => describeSchedule(options as CronOptions),
  openPublisher: async (_options, context) => (await import('./run-request.ts')).runPublisher(context),
  delivers: 'tick',
  takesStore: true,
};

export const adapter: Adapter = {
  type: 'cron',
  summary: 'A schedule: cron expressions with time zones, or fixed intervals; its state survives restarts.',
  trigger,
};
