import type { Header, TriggerEvent } from '#trigger';
import { type CronOptions, describeSchedule } from '../options.ts';
import type { Slot } from './slot-table.ts';

/** A slot as a component sees it. Whoever asked for a run with headers of his own gets those, and no others. */
export function slotEvent(trigger: string, options: CronOptions, slot: Slot): TriggerEvent {
  const contentType = slot.contentType ?? options.contentType;
  return {
    id: `${trigger}@${slot.id}`,
    source: `cron:${trigger}`,
    subject: describeSchedule(options),
    time: BigInt(slot.time) * 1_000_000n,
    ...(contentType === undefined ? {} : { contentType }),
    headers: slot.headers ?? describeSlot(options, slot),
    data: slot.data ?? Buffer.from(options.payload ?? ''),
  };
}

function describeSlot(options: CronOptions, slot: Slot): readonly Header[] {
  return [
    ['cron-schedule', describeSchedule(options)],
    ['cron-slot', new Date(slot.time).toISOString()],
    ['cron-run', slot.run],
  ];
}
