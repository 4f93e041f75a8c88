import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Header, StateFile } from '#trigger';
import type { DueSlots } from './due-slots.ts';

/** Why a slot exists: its time came, it was missed, a process started, somebody asked. */
export type SlotRun = 'scheduled' | 'catch-up' | 'start' | 'manual';

/** A slot to be run once. */
export interface Slot {
  /** Unique within the trigger: an ISO time for slots of the schedule. */
  readonly id: string;
  /** Its time, in milliseconds since 1970. */
  readonly time: number;
  readonly run: SlotRun;
  /** What this slot carries instead of the trigger's payload. */
  readonly data?: Uint8Array;
  readonly contentType?: string;
  readonly headers?: readonly Header[];
}

const SCHEMA = [
  `CREATE TABLE cron_trigger (name TEXT PRIMARY KEY, schedule TEXT NOT NULL, decided INTEGER NOT NULL) STRICT;
   CREATE TABLE cron_slot (
     trigger TEXT NOT NULL, id TEXT NOT NULL, time INTEGER NOT NULL, run TEXT NOT NULL,
     data BLOB, content_type TEXT, headers TEXT,
     state TEXT NOT NULL CHECK (state IN ('waiting', 'held', 'done', 'dropped', 'skipped')),
     not_before INTEGER NOT NULL, attempts INTEGER NOT NULL DEFAULT 0,
     token INTEGER NOT NULL DEFAULT 0, owner TEXT, held_until INTEGER, ended_at INTEGER,
     PRIMARY KEY (trigger, id)
   ) STRICT;
   CREATE INDEX cron_slot_waiting ON cron_slot (trigger, time) WHERE state = 'waiting';
   CREATE INDEX cron_slot_held ON cron_slot (trigger) WHERE state = 'held';
   CREATE INDEX cron_slot_ended ON cron_slot (trigger, ended_at) WHERE ended_at IS NOT NULL`,
];

/** The tables of all cron triggers, in the state file. */
export function migrateSlots(state: StateFile): void {
  state.migrate('cron', SCHEMA);
}

/** Adds a slot; one with the same id is left as it is. */
export function addSlot(db: DatabaseSync, trigger: string, slot: Slot, notBefore: number, skippedAt?: number): void {
  db.prepare(
    `INSERT INTO cron_slot (trigger, id, time, run, data, content_type, headers, state, not_before, ended_at)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`,
  ).run(
    trigger,
    slot.id,
    slot.time,
    slot.run,
    slot.data ?? null,
    slot.contentType ?? null,
    slot.headers === undefined ? null : JSON.stringify(slot.headers),
    skippedAt === undefined ? 'waiting' : 'skipped',
    notBefore,
    skippedAt ?? null,
  );
}

/**
 * The slots of one trigger, as every process that has the state file open sees them. `decided` is the time up to which all slots of the
 * schedule are decided: it only grows, so that a clock that is set back makes no slot twice.
 */
export class SlotRecords {
  readonly #state: StateFile;
  readonly #trigger: string;

  constructor(state: StateFile, trigger: string) {
    migrateSlots(state);
    this.#state = state;
    this.#trigger = trigger;
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

  get decided(): number {
    return this.#state.read((db) => decidedBy(db, this.#trigger));
  }

  /**
   * Records a decision about the slots after `after`. A slot whose time has come is skipped when `room` slots are unfinished already;
   * missed ones were decided by the policy, and wait their turn. Resolves with the slots that were skipped, or with `undefined` when
   * somebody else decided first.
   */
  decide(after: number, { runs, upTo }: DueSlots, room: number, now: number): Promise<readonly number[] | undefined> {
    const trigger = this.#trigger;
    return this.#state.write((db) => {
      if (decidedBy(db, trigger) !== after) return undefined;
      const full = unfinished(db, trigger) >= room;
      const skipped: number[] = [];
      for (const { slot: time, run } of runs) {
        const skips = full && run === 'scheduled';
        addSlot(db, trigger, { id: new Date(time).toISOString(), time, run }, now, skips ? now : undefined);
        if (skips) skipped.push(time);
      }
      db.prepare('UPDATE cron_trigger SET decided = ? WHERE name = ?').run(upTo, trigger);
      return skipped;
    });
  }

  add(slot: Slot, notBefore: number): Promise<void> {
    return this.#state.write((db) => addSlot(db, this.#trigger, slot, notBefore));
  }

  /** Up to `max` slots that wait and may run now, oldest first. */
  ready(now: number, max: number): readonly Slot[] {
    return this.#state.read((db) =>
      db
        .prepare(
          `SELECT * FROM cron_slot WHERE trigger = ? AND state = 'waiting' AND not_before <= ? ORDER BY time, rowid LIMIT ?`,
        )
        .all(this.#trigger, now, max)
        .map(slotOf),
    );
  }

  get(id: string): Slot | undefined {
    const row = this.#state.read((db) =>
      db.prepare('SELECT * FROM cron_slot WHERE trigger = ? AND id = ?').get(this.#trigger, id),
    );
    return row === undefined ? undefined : slotOf(row);
  }

  /** How many slots wait, split by whether their time has come, and the next time one does. */
  waiting(now: number): { ready: number; later: number; oldest: number | undefined; next: number | undefined } {
    const row = this.#state.read((db) =>
      db
        .prepare(
          `SELECT count(*) FILTER (WHERE not_before <= :now) AS ready, count(*) FILTER (WHERE not_before > :now) AS later,
                  min(not_before) FILTER (WHERE not_before <= :now) AS oldest, min(not_before) FILTER (WHERE not_before > :now) AS next
           FROM cron_slot WHERE trigger = :trigger AND state = 'waiting'`,
        )
        .get({ trigger: this.#trigger, now }),
    );
    const time = (value: SQLOutputValue | undefined): number | undefined =>
      value === null ? undefined : Number(value);
    return {
      ready: Number(row?.['ready']),
      later: Number(row?.['later']),
      oldest: time(row?.['oldest']),
      next: time(row?.['next']),
    };
  }

  /** Forgets slots that ended before `before`. */
  forget(before: number): Promise<void> {
    return this.#state.write((db) => {
      db.prepare('DELETE FROM cron_slot WHERE trigger = ? AND ended_at < ?').run(this.#trigger, before);
    });
  }
}

function decidedBy(db: DatabaseSync, trigger: string): number {
  return Number(db.prepare('SELECT decided FROM cron_trigger WHERE name = ?').get(trigger)?.['decided']);
}

function unfinished(db: DatabaseSync, trigger: string): number {
  const row = db
    .prepare(`SELECT count(*) AS n FROM cron_slot WHERE trigger = ? AND state IN ('waiting', 'held')`)
    .get(trigger);
  return Number(row?.['n']);
}

function slotOf(row: Record<string, SQLOutputValue>): Slot {
  const { data, content_type: contentType, headers } = row;
  return {
    id: String(row['id']),
    time: Number(row['time']),
    run: row['run'] as SlotRun, // written by addSlot
    ...(data instanceof Uint8Array ? { data } : {}),
    ...(typeof contentType === 'string' ? { contentType } : {}),
    ...(typeof headers === 'string' ? { headers: JSON.parse(headers) as readonly Header[] } : {}), // written by addSlot
  };
}
