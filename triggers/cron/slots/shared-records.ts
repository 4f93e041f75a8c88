import { type Clock, type Logger, OWN_KEYS, type SharedStore, type StateFile, SluiceError } from '#trigger';
import type { DueSlots } from '../schedule/due-slots.ts';
import { SlotBoard } from './slot-board.ts';
import type { SlotRecords, WaitingSlots } from './slot-records.ts';
import { addEnded, migrateSlots } from './slot-table.ts';
import { packSlot, type Slot, unpackSlot } from './slot.ts';

export interface SharedRecordsOptions {
  readonly store: SharedStore;
  readonly state: StateFile;
  readonly trigger: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** Limits of a board: waiting slots, and their bytes (half of NATS' default limit of one value). */
const MOST_SLOTS = 2000;
const MOST_BYTES = 512 * 1024;

/**
 * The slots of one trigger in a shared store, for replicas on any machines. Unfinished slots are on the board. A requested run's data has its own
 * key, which stays when the run has ended, so that the same id does not run again. The replica that ran or skipped a slot of the schedule records
 * its end in its own state file, for people to read.
 */
export class SharedRecords implements SlotRecords {
  readonly board: SlotBoard;
  readonly #options: SharedRecordsOptions;
  readonly #prefix: string;
  #schedule = '';

  private constructor(options: SharedRecordsOptions, board: SlotBoard) {
    migrateSlots(options.state);
    this.#options = options;
    this.#prefix = `${OWN_KEYS}cron-run.${options.trigger}.`;
    this.board = board;
  }

  /** For reading, and for adding slots. Rejects as the store does. */
  static async read(options: SharedRecordsOptions): Promise<SharedRecords> {
    return new SharedRecords(options, await SlotBoard.read(options));
  }

  /** Makes this replica a participant. A schedule that is new in the store has no missed slots before `now`. */
  async begin(schedule: string, now: number): Promise<void> {
    this.#schedule = schedule;
    await this.board.follow();
    await this.board.change((draft) => {
      if (draft.schedule === schedule) return undefined;
      draft.schedule = schedule;
      draft.decided = now;
      return true;
    });
  }

  get decided(): number {
    return this.board.now.decided;
  }

  get trouble(): string | undefined {
    const { schedule } = this.board.now;
    const outdated =
      schedule === this.#schedule ? undefined : `replicas that were started later run it as '${schedule}'`;
    return this.board.trouble ?? outdated;
  }

  get version(): number {
    return this.board.version;
  }

  changed(since: number, signal: AbortSignal): Promise<void> {
    return this.board.changed(since, signal);
  }

  async decide(after: number, { runs, upTo }: DueSlots, room: number, now: number): Promise<number | undefined> {
    const decision = await this.#unlessAway(() =>
      this.board.change((draft) => {
        if (draft.decided !== after || draft.schedule !== this.#schedule) return undefined;
        const full = draft.slots.length >= Math.min(room, MOST_SLOTS);
        const slots = runs.map(({ slot: time, run }) => ({ id: new Date(time).toISOString(), time, run }));
        const skipped = slots.filter(({ run }) => full && run === 'scheduled');
        for (const slot of slots) {
          if (!skipped.includes(slot)) draft.slots.push({ ...slot, notBefore: now, attempts: 0, token: 0 });
        }
        draft.decided = upTo;
        return skipped;
      }),
    );
    for (const slot of decision ?? []) await this.ended(slot, 'skipped');
    return decision?.length;
  }

  async add(slot: Slot, now: number): Promise<void> {
    const { id, time, run } = slot;
    const key = `${this.#prefix}${id}`;
    const stored = await this.#options.store.put(key, packSlot(slot), 0);
    // The process that stored it may have died before it was on the board.
    if (stored === undefined && !(await this.#isPending(key))) return;
    await this.board.change((draft) => {
      if (draft.slots.some((other) => other.id === id)) return undefined;
      if (draft.slots.length >= MOST_SLOTS || Buffer.byteLength(JSON.stringify(draft)) > MOST_BYTES - id.length * 6)
        throw this.#tooMany(draft.slots.length);
      draft.slots.push({ id, time, run, notBefore: now, attempts: 0, token: 0 });
      return true;
    });
  }

  #tooMany(waiting: number): SluiceError {
    const { trigger } = this.#options;
    return new SluiceError(
      'SLU4007',
      `${waiting} runs of '${trigger}' wait already: the store keeps them in one value`,
      {
        place: { trigger },
        transient: true,
        fix: 'wait until some have run, or publish to a queue or a stream, which hold any number',
        state: 'requesting it again with the same id requests this run',
      },
    );
  }

  async get(id: string): Promise<Slot | undefined> {
    const slot = this.board.now.slots.find((candidate) => candidate.id === id);
    if (slot === undefined || isOfSchedule(slot)) return slot;
    return this.#unlessAway(async () => {
      const entry = await this.#options.store.get(`${this.#prefix}${id}`);
      return entry === undefined ? slot : unpackSlot(entry.value);
    });
  }

  ready(now: number, max: number): readonly string[] {
    return this.#waiting()
      .filter(({ notBefore }) => notBefore <= now)
      .slice(0, max)
      .map(({ id }) => id);
  }

  waiting(now: number): WaitingSlots {
    const times = this.#waiting().map(({ notBefore }) => notBefore);
    const [ready, later] = [times.filter((time) => time <= now), times.filter((time) => time > now)];
    return { ready: ready.length, readySince: least(ready), later: later.length, nextAt: least(later) };
  }

  /** Records the end of a slot that is off the board. Nothing depends on it, so a failure is only logged. */
  async ended(slot: Slot, kind: 'done' | 'dropped' | 'skipped'): Promise<void> {
    const { state, store, trigger, clock, log } = this.#options;
    try {
      if (!isOfSchedule(slot)) await store.put(`${this.#prefix}${slot.id}`, packSlot(slot, clock.now()));
      await state.write((db) => addEnded(db, trigger, slot, kind, clock.now()));
    } catch (thrown) {
      log.warn({ err: thrown, slot: slot.id }, 'a slot has ended, but that could not be recorded');
    }
  }

  async forget(before: number): Promise<void> {
    const { state, store, trigger } = this.#options;
    await state.write((db) => {
      db.prepare('DELETE FROM cron_slot WHERE trigger = ? AND ended_at < ?').run(trigger, before);
    });
    await this.#unlessAway(async () => {
      for (const key of await store.keys(this.#prefix)) {
        const entry = await store.get(key);
        if (entry !== undefined && (unpackSlot(entry.value).endedAt ?? Infinity) < before) {
          await store.delete(key, entry.revision);
        }
      }
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.board[Symbol.asyncDispose]();
  }

  /** Oldest first. */
  #waiting() {
    return this.board.now.slots
      .filter(({ held }) => held === undefined)
      .toSorted((one, other) => one.time - other.time);
  }

  async #isPending(key: string): Promise<boolean> {
    const entry = await this.#options.store.get(key);
    return entry !== undefined && unpackSlot(entry.value).endedAt === undefined;
  }

  async #unlessAway<T>(step: () => Promise<T>): Promise<T | undefined> {
    try {
      return await step();
    } catch (thrown) {
      if (thrown instanceof SluiceError && thrown.transient) return undefined;
      throw thrown;
    }
  }
}

function isOfSchedule({ run }: Slot): boolean {
  return run === 'scheduled' || run === 'catch-up';
}

function least(times: readonly number[]): number | undefined {
  return times.length === 0 ? undefined : Math.min(...times);
}
