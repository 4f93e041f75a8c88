import type { Clock, Logger } from '#trigger';
import { type CronOptions, slotsOf } from './options.ts';
import { dueSlots, jitterOf } from './schedule/due-slots.ts';
import type { SlotTimes } from './schedule/slot-times.ts';
import type { SlotRecords } from './slots/slot-records.ts';

export interface TimekeeperOptions {
  /** The trigger's name. */
  readonly trigger: string;
  readonly options: CronOptions;
  readonly records: SlotRecords;
  readonly clock: Clock;
  readonly log: Logger;
  /** Called after each decision. */
  readonly decided: () => void;
}

/** The longest sleep, in milliseconds, so that a clock that is set forward, or a machine that wakes up, is noticed soon. */
export const LONGEST_NAP_MS = 10_000;
/** The pause before another try to decide a slot, in milliseconds. */
const PAUSE_MS = 1000;
const HOUR_MS = 3_600_000;
/** A clock that is this much behind the last slot was set back. A smaller difference means a replica whose clock is ahead. */
const SET_BACK_MS = 60_000;

/** Slots that may be unfinished when another one is due. */
const ROOM = { skip: 1, queue: 2, allow: Infinity } as const;

/**
 * Decides about each slot when its time comes: it runs, it is skipped because earlier ones are unfinished, or it was missed. It does so even if no
 * process takes the slots; `overlap` covers that case.
 */
export class Timekeeper {
  readonly #trigger: string;
  readonly #options: CronOptions;
  readonly #records: SlotRecords;
  readonly #clock: Clock;
  readonly #log: Logger;
  readonly #decided: () => void;
  readonly #slots: SlotTimes;
  readonly #dropped = new Map<string, number>();
  #forgotAt = -Infinity;

  constructor({ trigger, options, records, clock, log, decided }: TimekeeperOptions) {
    this.#trigger = trigger;
    this.#options = options;
    this.#records = records;
    this.#clock = clock;
    this.#log = log;
    this.#decided = decided;
    this.#slots = slotsOf(options);
  }

  /** Slots that did not run, by reason: `overlap`, `missed`. */
  get dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  /** When the next slot runs, in milliseconds since 1970. */
  get next(): number | undefined {
    const slot = this.#slots.next(this.#records.decided);
    return slot === undefined ? undefined : this.#dueAt(slot);
  }

  get trouble(): string | undefined {
    const { decided } = this.#records;
    if (decided - this.#clock.now() < SET_BACK_MS) return undefined;
    return `the clock was set back; slots up to ${new Date(decided).toISOString()} were decided already`;
  }

  /** Resolves after `stop`; rejects when the state file does. */
  async run(stop: AbortSignal): Promise<void> {
    if (this.trouble !== undefined) this.#log.warn({}, this.trouble);
    while (!stop.aborted) {
      const after = this.#records.decided;
      const undecided = (await this.#decide(after)) === 'undecided' && this.#records.decided === after;
      await this.#forget();
      const wait = undecided ? PAUSE_MS : (this.next ?? Infinity) - this.#clock.now();
      await this.#clock.sleep(Math.min(wait, LONGEST_NAP_MS), stop);
    }
  }

  async #decide(after: number): Promise<'undecided' | undefined> {
    const { overlap, catchUp } = this.#options;
    const now = this.#clock.now();
    const due = dueSlots({ slots: this.#slots, after, now, dueAt: (slot) => this.#dueAt(slot), catchUp });
    if (due === undefined) return undefined;
    const skipped = await this.#records.decide(after, due, ROOM[overlap], now);
    // Another replica was quicker, and logs what it decided. Or the records are away.
    if (skipped === undefined) return 'undecided';
    this.#decided();
    this.#drop('overlap', skipped, `skipped: earlier slots are unfinished, and overlap is "${overlap}"`);
    this.#drop('missed', due.missed, `missed: catch_up is "${catchUp.policy}"`);
  }

  #drop(reason: string, count: number, text: string): void {
    if (count === 0) return;
    this.#dropped.set(reason, (this.#dropped.get(reason) ?? 0) + count);
    this.#log.warn({ slots: count, reason }, text);
  }

  async #forget(): Promise<void> {
    const now = this.#clock.now();
    if (now - this.#forgotAt < HOUR_MS) return;
    this.#forgotAt = now;
    await this.#records.forget(now - this.#options.keepMs);
  }

  #dueAt(slot: number): number {
    return slot + jitterOf(this.#trigger, slot, this.#options.jitterMs);
  }
}
