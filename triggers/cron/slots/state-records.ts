import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { Clock, StateFile } from '#trigger';
import type { DueSlots } from '../schedule/due-slots.ts';
import type { SlotRecords, WaitingSlots } from './slot-records.ts';
import { addSlot, migrateSlots, slotOf } from './slot-table.ts';
import type { Slot } from './slot.ts';

/**
 * Other parts of Sluice commit to the same file, thousands of times a second. The records are read this much later, once for all of these commits.
 */
export const AFTER_COMMIT_MS = 100;
/** Only a commit, or the signal, ends such a wait. */
const UNTIL_COMMIT_MS = 2 ** 30;

/** The slots of one trigger in the state file, shared by the processes that have it open. */
export class StateRecords implements SlotRecords {
  /** Reading the file throws when it fails. */
  readonly trouble = undefined;
  readonly #state: StateFile;
  readonly #trigger: string;
  readonly #clock: Clock;
  readonly #selectDecided: StatementSync;
  readonly #selectReady: StatementSync;
  readonly #selectWaiting: StatementSync;

  constructor(state: StateFile, trigger: string, clock: Clock) {
    migrateSlots(state);
    this.#state = state;
    this.#trigger = trigger;
    this.#clock = clock;
    // These are read whenever anything in the file changes: prepared once, they cost a few microseconds.
    const prepare = (sql: string): StatementSync => state.read((db) => db.prepare(sql));
    this.#selectDecided = prepare('SELECT decided FROM cron_trigger WHERE name = ?');
    this.#selectReady = prepare(
      `SELECT id FROM cron_slot WHERE trigger = ? AND state = 'waiting' AND not_before <= ? ORDER BY time, rowid LIMIT ?`,
    );
    this.#selectWaiting = prepare(
      `SELECT count(*) FILTER (WHERE not_before <= :now) AS ready, min(not_before) FILTER (WHERE not_before <= :now) AS ready_since,
              count(*) FILTER (WHERE not_before > :now) AS later, min(not_before) FILTER (WHERE not_before > :now) AS next_at
       FROM cron_slot WHERE trigger = :trigger AND state = 'waiting'`,
    );
  }

  get decided(): number {
    return this.#state.read(() => this.#decided());
  }

  get version(): number {
    return this.#state.version;
  }

  async changed(since: number, signal: AbortSignal): Promise<void> {
    await this.#state.changed(UNTIL_COMMIT_MS, signal, since);
    await this.#clock.sleep(AFTER_COMMIT_MS, signal);
  }

  /** A schedule that is new here has no missed slots before `now`. */
  begin(schedule: string, now: number): Promise<void> {
    return this.#state.write((db) => {
      db.prepare(
        `INSERT INTO cron_trigger VALUES (?, ?, ?) ON CONFLICT (name)
         DO UPDATE SET schedule = excluded.schedule, decided = excluded.decided WHERE schedule <> excluded.schedule`,
      ).run(this.#trigger, schedule, now);
    });
  }

  decide(after: number, { runs, upTo }: DueSlots, room: number, now: number): Promise<number | undefined> {
    return this.#state.write((db) => {
      if (this.#decided() !== after) return undefined;
      const full = this.#unfinished(db) >= room;
      let skipped = 0;
      for (const { slot: time, run } of runs) {
        const skips = full && run === 'scheduled';
        const slot: Slot = { id: new Date(time).toISOString(), time, run };
        addSlot(db, this.#trigger, slot, now, skips ? 'skipped' : 'waiting');
        if (skips) skipped += 1;
      }
      db.prepare('UPDATE cron_trigger SET decided = ? WHERE name = ?').run(upTo, this.#trigger);
      return skipped;
    });
  }

  add(slot: Slot, now: number): Promise<void> {
    return this.#state.write((db) => addSlot(db, this.#trigger, slot, now));
  }

  async get(id: string): Promise<Slot | undefined> {
    const row = this.#state.read((db) =>
      db.prepare('SELECT * FROM cron_slot WHERE trigger = ? AND id = ?').get(this.#trigger, id),
    );
    return row === undefined ? undefined : slotOf(row);
  }

  ready(now: number, max: number): readonly string[] {
    return this.#state.read(() => this.#selectReady.all(this.#trigger, now, max)).map((row) => String(row['id']));
  }

  waiting(now: number): WaitingSlots {
    const row = this.#state.read(() => this.#selectWaiting.get({ trigger: this.#trigger, now }));
    return {
      ready: Number(row?.['ready']),
      readySince: timeOf(row?.['ready_since']),
      later: Number(row?.['later']),
      nextAt: timeOf(row?.['next_at']),
    };
  }

  forget(before: number): Promise<void> {
    return this.#state.write((db) => {
      db.prepare('DELETE FROM cron_slot WHERE trigger = ? AND ended_at < ?').run(this.#trigger, before);
    });
  }

  /** Commits keep their order: after this one, earlier settlements are committed too. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#state.write(() => {}).catch(() => {});
  }

  #decided(): number {
    return Number(this.#selectDecided.get(this.#trigger)?.['decided']);
  }

  #unfinished(db: DatabaseSync): number {
    const row = db
      .prepare(`SELECT count(*) AS n FROM cron_slot WHERE trigger = ? AND state IN ('waiting', 'held')`)
      .get(this.#trigger);
    return Number(row?.['n']);
  }
}

function timeOf(value: SQLOutputValue | undefined): number | undefined {
  return typeof value === 'number' ? value : undefined;
}
