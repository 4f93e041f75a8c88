import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ItemRow } from './item.ts';
import type { Lanes } from './lanes.ts';
import { HELD, PARKED, READY } from './schema.ts';

/** How many items of one lane are handed out at once. They run one at a time, so that more would only keep permits from other lanes. */
const LANE_AHEAD = 16;
/** How many items whose time has come a claim looks after; the rest is left to the next. */
const MOST_DUE = 1000;
/** A claim stops after this much data, in bytes: permits bound the number of items, this bounds their weight. */
const HEAVY_CLAIM = 32 * 2 ** 20;

export interface ClaimOptions {
  readonly queue: number;
  readonly owner: number;
  /** At least 1. */
  readonly max: number;
  /** A random number, new for each claim. */
  readonly token: number;
  /** Milliseconds since 1970. */
  readonly now: number;
  readonly leaseMs: number;
}

/** What there is for a trigger. */
export interface Prospect {
  readonly ready: boolean;
  /** When the next delay, retry or lease is over, in milliseconds since 1970; Infinity when there is none. */
  readonly nextDue: number;
}

const ITEM = 'queue_item.seq, attempt, lane, id, time, key, content_type, headers, data';

/** Hands items out under a lease. `claim` runs inside a mutation of the state file. */
export class Claims {
  readonly #lanes: Lanes;
  readonly #anyReady: StatementSync;
  readonly #nextDue: StatementSync;
  readonly #wakeDue: StatementSync;
  readonly #heads: StatementSync;
  readonly #behind: StatementSync;
  readonly #hold: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes) {
    this.#lanes = lanes;
    this.#anyReady = db.prepare(`SELECT 1 FROM queue_item WHERE queue = ? AND state = ${READY} LIMIT 1`);
    this.#nextDue = db.prepare('SELECT min(due) AS due FROM queue_item WHERE queue = ? AND due IS NOT NULL');
    this.#wakeDue = db.prepare(
      `UPDATE queue_item SET state = iif(lane IS NULL, ${READY}, ${PARKED}), due = NULL, owner = NULL, token = NULL
       WHERE seq IN (SELECT seq FROM queue_item WHERE queue = ? AND due <= ? ORDER BY due LIMIT ${MOST_DUE}) RETURNING lane`,
    );
    this.#heads = db.prepare(
      `SELECT ${ITEM} FROM queue_item CROSS JOIN queue_body USING (seq)
       WHERE queue = ? AND state = ${READY} ORDER BY rank, queue_item.seq LIMIT ?`,
    );
    this.#behind = db.prepare(
      `SELECT ${ITEM} FROM queue_item CROSS JOIN queue_body USING (seq)
       WHERE queue = ? AND lane = ? AND state = ${PARKED} ORDER BY queue_item.seq LIMIT ?`,
    );
    this.#hold = db.prepare(
      `UPDATE queue_item SET state = ${HELD}, attempt = attempt + 1, due = ?, owner = ?, token = ? WHERE seq = ?`,
    );
  }

  /** A read, cheap enough to be made before each claim: a claim needs the write lock. */
  prospect(queue: number): Prospect {
    const due = this.#nextDue.get(queue)?.['due'] ?? Infinity;
    return { ready: this.#anyReady.get(queue) !== undefined, nextDue: Number(due) };
  }

  /** Up to `max` items; those of one lane in their order. Their `attempt` is the one that begins. */
  claim(options: ClaimOptions): ItemRow[] {
    const { queue, max } = options;
    this.#wake(queue, options.now);
    let bytes = HEAVY_CLAIM;
    const hold = (rows: Iterable<unknown>): ItemRow[] => {
      const held: ItemRow[] = [];
      for (const row of rows as Iterable<ItemRow>) {
        // columns as ITEM names them, of STRICT tables
        held.push(row);
        bytes -= row.data.byteLength;
        if (bytes <= 0) break;
      }
      return held.map((row) => this.#holdOne(row, options));
    };
    const heads = hold(this.#heads.iterate(queue, max));
    const behind: ItemRow[] = [];
    for (const { lane } of heads) {
      const most = Math.min(LANE_AHEAD - 1, max - heads.length - behind.length);
      if (most === 0 || bytes <= 0) break;
      if (lane !== null) behind.push(...hold(this.#behind.iterate(queue, lane, most)));
    }
    return [...heads, ...behind];
  }

  /** What waited for a time that has come goes back to where it can be claimed: delayed and retried items, and those of leases run out. */
  #wake(queue: number, now: number): void {
    const woken = this.#wakeDue.all(queue, now);
    if (woken.length > 0)
      this.#lanes.promoteAll(
        queue,
        woken.map(({ lane }) => lane as Uint8Array | null),
      ); // a BLOB column
  }

  #holdOne(row: ItemRow, { owner, token, now, leaseMs }: ClaimOptions): ItemRow {
    this.#hold.run(now + leaseMs, owner, token, row.seq);
    return { ...row, attempt: row.attempt + 1 };
  }
}
