import { createHash } from 'node:crypto';
import type { CatchUp } from '../options.ts';
import type { SlotTimes } from './slot-times.ts';

/** A slot to run: at its time, or late because no process was running then. */
export interface DueSlot {
  readonly slot: number;
  readonly run: 'scheduled' | 'catch-up';
}

/** The decision about all slots that came due since the last decided one. */
export interface DueSlots {
  /** In order of time. */
  readonly runs: readonly DueSlot[];
  /** How many are not run, by the catch-up policy. Counting stops at `COUNTED`. */
  readonly missed: number;
  /** The last slot that this decision covers. */
  readonly upTo: number;
}

/**
 * A slot counts as punctual if it runs at most this late and no later one is due: timers are late on a busy machine, and a process that is replaced
 * at the full minute must not lose that minute's slot.
 */
export const PUNCTUAL_MS = 30_000;

const COUNTED = 1000;

export interface DueQuestion {
  readonly slots: SlotTimes;
  /** The last decided slot. */
  readonly after: number;
  readonly now: number;
  /** When a slot runs: at its time or, with jitter, later. */
  readonly dueAt: (slot: number) => number;
  readonly catchUp: CatchUp;
}

/** `undefined` if no slot is due. Pure: every replica gets the same result for the same arguments. */
export function dueSlots({ slots, after, now, dueAt, catchUp }: DueQuestion): DueSlots | undefined {
  const isDue = (slot: number | undefined): slot is number => slot !== undefined && dueAt(slot) <= now;
  if (!isDue(slots.next(after))) return undefined;

  const wanted = { none: 0, latest: 1, all: catchUp.max }[catchUp.policy];
  const newest = newestDue(slots, after, now, wanted + 1, isDue);
  const upTo = newest.at(-1) ?? after;
  const punctual = now - dueAt(upTo) <= PUNCTUAL_MS;
  const missed = punctual ? newest.slice(0, -1) : newest;
  // With the policy `latest`, no other slot runs if the latest one is punctual.
  const room = catchUp.policy === 'latest' && punctual ? 0 : wanted;
  const caught = room === 0 ? [] : missed.slice(-room).filter((slot) => now - slot <= catchUp.withinMs);

  const runs: DueSlot[] = caught.map((slot) => ({ slot, run: 'catch-up' }));
  if (punctual) runs.push({ slot: upTo, run: 'scheduled' });
  return { runs, missed: countUpTo(slots, after, upTo) - runs.length, upTo };
}

/** The newest `count` due slots later than `after`, or all if there are fewer. It looks back over increasing times. */
function newestDue(
  slots: SlotTimes,
  after: number,
  now: number,
  count: number,
  isDue: (slot: number | undefined) => slot is number,
): readonly number[] {
  for (let backMs = 60_000; ; backMs *= 2) {
    const from = Math.max(after, now - backMs);
    const found: number[] = [];
    for (let slot = slots.next(from); isDue(slot); slot = slots.next(slot)) {
      found.push(slot);
      if (found.length > count) found.shift();
    }
    if (found.length >= count || from === after) return found;
  }
}

function countUpTo(slots: SlotTimes, after: number, last: number): number {
  let count = 0;
  for (let slot = slots.next(after); slot !== undefined && slot <= last && count < COUNTED; slot = slots.next(slot)) {
    count += 1;
  }
  return count;
}

/**
 * How much later than its time a slot runs: less than `jitterMs`, spread evenly. It is always the same for one slot of one trigger, so that
 * replicas agree without communicating.
 */
export function jitterOf(trigger: string, slot: number, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  const hash = createHash('sha256').update(`${trigger}@${slot}`).digest();
  return Math.floor((hash.readUIntBE(0, 6) / 2 ** 48) * jitterMs);
}
