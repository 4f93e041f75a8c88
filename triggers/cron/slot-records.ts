import type { DatabaseSync, SQLOutputValue, StatementSync } from 'node:sqlite';
import type { StateFile } from '#trigger';
import type { DueSlots } from './due-slots.ts';
import { addSlot, migrateSlots, type Slot, slotOf } from './slot-table.ts';

/** Slots that nobody holds. Times are milliseconds since 1970. */
export interface WaitingSlots {
  /** How many may run now, and since when the first of them may. */
  readonly ready: number;
  readonly readySince: number | undefined;
  /** How many may run later, and when the first of them may. */
  readonly later: number;
  readonly nextAt: number | undefined;
}

/**
 * The slots of one trigger, as every process that has the state file open sees them. All slots of the schedule up to `decided` have been
 * decided about. It only grows while the schedule is the same, so that a clock that is set back makes no slot twice.
 */
export class SlotRecords {
  readonly #state: StateFile;
  readonly #trigger: string;
  readonly #selectDecided: StatementSync;
  readonly #selectReady: StatementSync;
  readonly #selectWaiting: StatementSync;

  constructor(state: StateFile, trigger: string) {
    migrateSlots(state);
    this.#state = state;
    this.#trigger = trigger;
    // These are read whenever anything in the file changes: prepared once, they cost a few microseconds.
    const prepare = (sql: string): StatementSync => state.read((db) => db.prepare(sql));
    this.#selectDecided = prepare('SELECT decided FROM cron_trigger WHERE name = ?');
    this.#selectReady = prepare(
      `SELECT * FROM cron_slot WHERE trigger = ? AND state = 'waiting' AND not_before <= ? ORDER BY time, rowid LIMIT ?`,
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

  /** A schedule that is new here owes nothing from before `now`. */
  begin(schedule: string, now: number): Promise<void> {
    return this.#state.write((db) => {
      db.prepare(
        `INSERT INTO cron_trigger VALUES (?, ?, ?) ON CONFLICT (name)
         DO UPDATE SET schedule = excluded.schedule, decided = excluded.decided WHERE schedule <> excluded.schedule`,
      ).run(this.#trigger, schedule, now);
    });
  }

  /**
   * Records a decision about the slots after `after`. A slot whose time has come is skipped when `room` slots are unfinished already; for
   * missed ones the policy has spoken, and they wait their turn. Resolves with how many were skipped, or with `undefined` when somebody
   * else decided first.
   */
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

  /** Adds a slot that may run from `now` on, unless there is one with its id. */
  add(slot: Slot, now: number): Promise<void> {
    return this.#state.write((db) => addSlot(db, this.#trigger, slot, now));
  }

  get(id: string): Slot | undefined {
    const row = this.#state.read((db) =>
      db.prepare('SELECT * FROM cron_slot WHERE trigger = ? AND id = ?').get(this.#trigger, id),
    );
    return row === undefined ? undefined : slotOf(row);
  }

  /** Up to `max` slots that wait and may run now, oldest first. */
  ready(now: number, max: number): readonly Slot[] {
    return this.#state.read(() => this.#selectReady.all(this.#trigger, now, max)).map(slotOf);
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

  /** Forgets slots that ended before `before`. */
  forget(before: number): Promise<void> {
    return this.#state.write((db) => {
      db.prepare('DELETE FROM cron_slot WHERE trigger = ? AND ended_at < ?').run(this.#trigger, before);
    });
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
