import type { DatabaseSync, SQLOutputValue } from 'node:sqlite';
import type { Header, StateFile } from '#trigger';
import type { Slot, SlotRun } from './slot.ts';

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

/** Inside a mutation. Adds a slot that may run from `now` on, or that was skipped `now`. One with the same id is left as it is. */
export function addSlot(
  db: DatabaseSync,
  trigger: string,
  slot: Slot,
  now: number,
  state: 'waiting' | 'skipped' = 'waiting',
): void {
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
    state,
    now,
    state === 'skipped' ? now : null,
  );
}

/** Inside a mutation. Keeps a slot that ended elsewhere, without its data. */
export function addEnded(
  db: DatabaseSync,
  trigger: string,
  { id, time, run }: Slot,
  state: 'done' | 'dropped' | 'skipped',
  now: number,
): void {
  db.prepare(
    `INSERT INTO cron_slot (trigger, id, time, run, state, not_before, ended_at) VALUES (?, ?, ?, ?, ?, ?, ?)
     ON CONFLICT DO NOTHING`,
  ).run(trigger, id, time, run, state, now, now);
}

/** A row of `cron_slot` as a slot. */
export function slotOf(row: Record<string, SQLOutputValue>): Slot {
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
