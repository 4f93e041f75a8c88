import type { DueSlots } from '../schedule/due-slots.ts';
import type { Slot } from './slot.ts';

/** Slots without a holder. Times are milliseconds since 1970. */
export interface WaitingSlots {
  /** How many may run now, and since when the first of them may. */
  readonly ready: number;
  readonly readySince: number | undefined;
  /** How many may run later, and when the first of them may. */
  readonly later: number;
  readonly nextAt: number | undefined;
}

/**
 * The slots of one trigger, as all its replicas see them. All slots of the schedule up to `decided` have been decided about. It only grows
 * while the schedule is the same, so that a clock that is set back makes no slot twice.
 */
export interface SlotRecords extends AsyncDisposable {
  readonly decided: number;
  /** Why nothing can be decided or claimed at the moment; `undefined` when all is well. */
  readonly trouble: string | undefined;
  /** Grows with every change that was noticed here. To be handed to `changed`. */
  readonly version: number;
  /** Resolves when something changed since `version` was `since`, or `signal` is aborted. May resolve for nothing: look again. */
  changed(since: number, signal: AbortSignal): Promise<void>;
  /**
   * Records a decision about the slots after `after`. A slot whose time has come is skipped when `room` slots are unfinished already; missed
   * slots that the policy lets run wait their turn. Resolves with how many were skipped, or with `undefined` when another replica decided
   * first, or the records are away.
   */
  decide(after: number, due: DueSlots, room: number, now: number): Promise<number | undefined>;
  /** Adds a slot that may run from `now` on, unless there is or was one with its id. */
  add(slot: Slot, now: number): Promise<void>;
  /** The slot with all that it carries. `undefined`: there is none, or it can't be read for now. */
  get(id: string): Promise<Slot | undefined>;
  /** Ids of up to `max` slots that wait and may run now, oldest first. */
  ready(now: number, max: number): readonly string[];
  waiting(now: number): WaitingSlots;
  /** Forgets slots that ended before `before`. */
  forget(before: number): Promise<void>;
}
