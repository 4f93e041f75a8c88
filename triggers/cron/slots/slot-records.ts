import type { DueSlots } from '../schedule/due-slots.ts';
import type { Slot } from './slot.ts';

/** Slots without a holder. Times are milliseconds since 1970. */
export interface WaitingSlots {
  /** How many may run now, and since when the first may. */
  readonly ready: number;
  readonly readySince: number | undefined;
  /** How many may run later, and when the first may. */
  readonly later: number;
  readonly nextAt: number | undefined;
}

/**
 * The slots of one trigger, shared by all its replicas. All slots of the schedule up to `decided` are decided. `decided` only grows while the
 * schedule is the same, so a clock that is set back repeats no slot.
 */
export interface SlotRecords extends AsyncDisposable {
  readonly decided: number;
  /** Why nothing can be decided or claimed at the moment; `undefined` if there is no problem. */
  readonly trouble: string | undefined;
  /** Grows with every change noticed here. Pass it to `changed`. */
  readonly version: number;
  /** Resolves when something changed since `version` was `since`, or when `signal` is aborted. May resolve without a change: look again. */
  changed(since: number, signal: AbortSignal): Promise<void>;
  /**
   * Records a decision about the slots after `after`. A due slot is skipped if `room` slots are unfinished already; missed slots that the policy
   * allows wait their turn. Resolves with how many were skipped, or with `undefined` if another replica decided first, or if the records are away.
   */
  decide(after: number, due: DueSlots, room: number, now: number): Promise<number | undefined>;
  /** Adds a slot that may run from `now` on, unless one with its id exists or existed. */
  add(slot: Slot, now: number): Promise<void>;
  /** The slot with its data. `undefined`: there is none, or it can't be read at the moment. */
  get(id: string): Promise<Slot | undefined>;
  /** Ids of up to `max` waiting slots that may run now, oldest first. */
  ready(now: number, max: number): readonly string[];
  waiting(now: number): WaitingSlots;
  /** Removes slots that ended before `before`. */
  forget(before: number): Promise<void>;
}
