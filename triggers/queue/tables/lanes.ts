import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** A lane as text: one character a byte, so that different keys are different lanes. */
export function laneName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/**
 * Keeps the order of items with the same key. An item of a lane is *active* while it is ready, held, or waits for a retry; while a lane has active
 * items, new items of it are parked. A delayed item takes its place when its time has come.
 *
 * Everything here runs inside a mutation of the state file.
 */
export class Lanes {
  readonly #open: StatementSync;
  readonly #join: StatementSync;
  readonly #leave: StatementSync;
  readonly #first: StatementSync;
  readonly #unpark: StatementSync;
  readonly #ready: StatementSync;
  readonly #resume: StatementSync;
  readonly #close: StatementSync;

  constructor(db: DatabaseSync) {
    this.#open = db.prepare('INSERT INTO queue_lane (queue, lane, active) VALUES (?, ?, 1) ON CONFLICT DO NOTHING');
    this.#join = db.prepare(
      `INSERT INTO queue_lane (queue, lane, active) VALUES (?, ?, ?)
       ON CONFLICT DO UPDATE SET active = active + excluded.active`,
    );
    this.#leave = db.prepare(
      'UPDATE queue_lane SET active = active - ?3 WHERE queue = ?1 AND lane = ?2 RETURNING active',
    );
    this.#first = db.prepare('SELECT seq, attempt FROM queue_parked WHERE queue = ? AND lane = ? ORDER BY seq LIMIT 1');
    this.#unpark = db.prepare('DELETE FROM queue_parked WHERE queue = ? AND lane = ? AND seq = ?');
    this.#ready = db.prepare('INSERT INTO queue_ready (queue, rank, seq, attempt, lane) VALUES (?, 0, ?, ?, ?)');
    this.#resume = db.prepare('UPDATE queue_lane SET active = 1 WHERE queue = ? AND lane = ?');
    this.#close = db.prepare('DELETE FROM queue_lane WHERE queue = ? AND lane = ?');
  }

  /** Returns whether the lane was empty. Then it has one active item now, which the caller makes ready. */
  open(queue: number, lane: Uint8Array): boolean {
    return this.#open.run(queue, lane).changes === 1;
  }

  /** Parked or delayed items have become active. */
  join(queue: number, lane: Uint8Array, count: number): void {
    this.#join.run(queue, lane, count);
  }

  /** That many active items were parked or finished. If they were the last active ones, the first parked item becomes ready. */
  leave(queue: number, lane: Uint8Array, count: number): void {
    const active = this.#leave.get(queue, lane, count)?.['active'];
    if (active !== undefined && Number(active) <= 0) this.advance(queue, lane);
  }

  /** Makes the first parked item of a lane without active ones ready. */
  advance(queue: number, lane: Uint8Array): void {
    const first = this.#first.get(queue, lane);
    if (first === undefined) {
      this.#close.run(queue, lane);
      return;
    }
    const seq = Number(first['seq']);
    this.#unpark.run(queue, lane, seq);
    this.#ready.run(queue, seq, Number(first['attempt']), lane);
    this.#resume.run(queue, lane);
  }
}
