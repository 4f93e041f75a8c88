import { type CronOptions, slotsOf } from '../options.ts';

/** The next `count` slots after `from`, in milliseconds since 1970 and without jitter; fewer when there are no more. */
export function nextSlots(options: unknown, from: number, count: number): readonly number[] {
  const slots = slotsOf(options as CronOptions); // output of cronOptions
  const found: number[] = [];
  for (let slot = slots.next(from); slot !== undefined && found.length < count; slot = slots.next(slot))
    found.push(slot);
  return found;
}
