import { randomUUIDv7 } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { headersText, type QueueItem } from '../item.ts';
import type { Lanes } from './lanes.ts';
import type { Ordering } from './ordering.ts';

/** The receipt for an item that was put into a queue. */
export interface Receipt {
  /** The given id, or a new one: a UUID of version 7, which sorts by time. */
  readonly id: string;
  /** `false`: a duplicate of an item that was put there within the window. */
  readonly stored: boolean;
}

/** Puts items into queues. All methods run inside a mutation of the state file. */
export class Writer {
  readonly #lanes: Lanes;
  readonly #ordering: Ordering;
  readonly #see: StatementSync;
  readonly #forget: StatementSync;
  readonly #body: StatementSync;
  readonly #ready: StatementSync;
  readonly #waiting: StatementSync;
  readonly #parked: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes, ordering: Ordering) {
    this.#lanes = lanes;
    this.#ordering = ordering;
    this.#see = db.prepare(
      `INSERT INTO queue_seen (queue, id, until) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?4`,
    );
    this.#forget = db.prepare(
      `DELETE FROM queue_seen
       WHERE queue = ?1 AND id IN (SELECT id FROM queue_seen WHERE queue = ?1 AND until <= ?2 ORDER BY until LIMIT ?3)`,
    );
    this.#body = db.prepare(
      'INSERT INTO queue_body (id, time, key, content_type, headers, data) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#ready = db.prepare('INSERT INTO queue_ready (queue, rank, seq, attempt, lane) VALUES (?, ?, ?, 0, ?)');
    this.#waiting = db.prepare(
      'INSERT INTO queue_waiting (queue, due, seq, rank, attempt, lane) VALUES (?, ?, ?, ?, 0, ?)',
    );
    this.#parked = db.prepare('INSERT INTO queue_parked (queue, lane, seq, attempt) VALUES (?, ?, ?, 0)');
  }

  /** `now` in milliseconds since 1970. A `windowMs` of 0 ignores ids. */
  put(queue: number, items: readonly QueueItem[], now: number, windowMs: number): Receipt[] {
    const ordered = this.#ordering.of(queue);
    const receipts = items.map((item): Receipt => {
      const { id = randomUUIDv7() } = item;
      const stored = item.id === undefined || windowMs === 0 || this.#isNew(queue, id, now, windowMs);
      if (stored) this.#putOne(queue, id, item, ordered, now);
      return { id, stored };
    });
    // Twice as many as were added: remembered ids stay in proportion to published ones, without a cleanup job.
    if (windowMs > 0) this.#forget.run(queue, now, items.length * 2);
    return receipts;
  }

  #isNew(queue: number, id: string, now: number, windowMs: number): boolean {
    return this.#see.run(queue, id, now + windowMs, now).changes === 1;
  }

  #putOne(queue: number, id: string, item: QueueItem, ordered: boolean, now: number): void {
    const { key = null, contentType = null, afterMs = 0, priority = 0 } = item;
    const body = this.#body.run(id, now, key, contentType, headersText(item.headers), item.data);
    const seq = body.lastInsertRowid;
    const lane = ordered ? key : null;
    const rank = lane === null ? -priority : 0;
    if (afterMs > 0) this.#waiting.run(queue, now + afterMs, seq, rank, lane);
    else if (lane === null || this.#lanes.open(queue, lane)) this.#ready.run(queue, rank, seq, lane);
    else this.#parked.run(queue, lane, seq);
  }
}
