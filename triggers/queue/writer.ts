import { randomUUIDv7 } from 'node:crypto';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { headersText, type QueueItem } from './item.ts';
import type { Lanes } from './lanes.ts';
import { DELAYED, PARKED, READY } from './schema.ts';

/** What became of an item that was put into a queue. */
export interface Receipt {
  /** The id given, or the one made for it: a UUID of version 7, which sorts by time. */
  readonly id: string;
  /** `false`: an item with this id was put there before, within its window. */
  readonly stored: boolean;
}

/** Puts items into queues. Everything here runs inside a mutation of the state file. */
export class Writer {
  readonly #lanes: Lanes;
  readonly #see: StatementSync;
  readonly #forget: StatementSync;
  readonly #body: StatementSync;
  readonly #item: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes) {
    this.#lanes = lanes;
    this.#see = db.prepare(
      `INSERT INTO queue_seen (queue, id, until) VALUES (?1, ?2, ?3)
       ON CONFLICT DO UPDATE SET until = excluded.until WHERE until <= ?4`,
    );
    this.#forget = db.prepare(
      `DELETE FROM queue_seen WHERE queue = ?1 AND id IN (SELECT id FROM queue_seen WHERE queue = ?1 AND until <= ?2 ORDER BY until LIMIT ?3)`,
    );
    this.#body = db.prepare(
      'INSERT INTO queue_body (id, time, key, content_type, headers, data) VALUES (?, ?, ?, ?, ?, ?)',
    );
    this.#item = db.prepare('INSERT INTO queue_item (seq, queue, state, rank, lane, due) VALUES (?, ?, ?, ?, ?, ?)');
  }

  /** `now` in milliseconds since 1970. A `windowMs` of 0 looks at no id. */
  put(queue: number, items: readonly QueueItem[], now: number, windowMs: number): Receipt[] {
    const ordered = this.#lanes.isOrdered(queue);
    const receipts = items.map((item) => this.#putOne(queue, item, ordered, now, windowMs));
    // Twice as many as came: the ids that are remembered stay in proportion to those that are published, without a job to clean up.
    if (windowMs > 0) this.#forget.run(queue, now, items.length * 2);
    return receipts;
  }

  #putOne(queue: number, item: QueueItem, ordered: boolean, now: number, windowMs: number): Receipt {
    const { id = randomUUIDv7(), key = null, afterMs = 0, priority = 0 } = item;
    if (item.id !== undefined && windowMs > 0) {
      const isNew = this.#see.run(queue, id, now + windowMs, now).changes === 1;
      if (!isNew) return { id, stored: false };
    }
    const lane = ordered ? key : null;
    const { lastInsertRowid: seq } = this.#body.run(
      id,
      now,
      key,
      item.contentType ?? null,
      headersText(item.headers),
      item.data,
    );
    if (afterMs > 0) this.#item.run(seq, queue, DELAYED, lane === null ? -priority : 0, lane, now + afterMs);
    else if (lane === null) this.#item.run(seq, queue, READY, -priority, null, null);
    else {
      this.#item.run(seq, queue, PARKED, 0, lane, null);
      this.#lanes.promote(queue, lane);
    }
    return { id, stored: true };
  }
}
