import type { DatabaseSync, SQLInputValue, StatementSync } from 'node:sqlite';
import type { Lanes } from './lanes.ts';

/** How many items come back in one mutation; the rest in the next. */
const MOST = 1000;

/** Items that wait for a time: delayed ones, and retries. */
export class Waits {
  readonly #next: StatementSync;
  readonly #last: StatementSync;
  readonly #comeback: Comeback;

  constructor(db: DatabaseSync, lanes: Lanes) {
    this.#next = db.prepare('SELECT min(due) AS due FROM queue_waiting WHERE queue = ?');
    this.#last = db.prepare(
      `SELECT due, seq FROM queue_waiting WHERE queue = ? AND due <= ? ORDER BY due, seq LIMIT 1 OFFSET ${MOST - 1}`,
    );
    this.#comeback = new Comeback(db, lanes, {
      from: 'queue_waiting',
      where: 'queue = ?1 AND (due, seq) <= (?2, ?3)',
    });
  }

  /** A read: when the next item is due, in milliseconds since 1970; Infinity if none waits. */
  nextDue(queue: number): number {
    return Number(this.#next.get(queue)?.['due'] ?? Infinity);
  }

  /** Inside a mutation: brings due items back. */
  wake(queue: number, now: number): void {
    const last = this.#last.get(queue, now);
    this.#comeback.run(queue, last?.['due'] ?? now, last?.['seq'] ?? Number.MAX_SAFE_INTEGER);
  }
}

export interface ComebackOptions {
  readonly from: 'queue_held' | 'queue_waiting';
  /** SQL over the columns of that table. */
  readonly where: string;
  /** SQL: the new number of charged attempts. Default: unchanged. */
  readonly attempt?: string;
}

/**
 * Brings some items back so that they can be claimed: those with a lane to their place in it, the others to the ready ones. Runs inside a mutation
 * of the state file.
 */
export class Comeback {
  readonly #lanes: Lanes;
  readonly #ready: StatementSync;
  readonly #parked: StatementSync;
  readonly #leave: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes, { from, where, attempt = 'attempt' }: ComebackOptions) {
    this.#lanes = lanes;
    this.#ready = db.prepare(
      `INSERT INTO queue_ready (queue, rank, seq, attempt)
       SELECT queue, rank, seq, ${attempt} FROM ${from} WHERE lane IS NULL AND ${where}`,
    );
    this.#parked = db.prepare(
      `INSERT INTO queue_parked (queue, lane, seq, attempt)
       SELECT queue, lane, seq, ${attempt} FROM ${from} WHERE lane IS NOT NULL AND ${where}`,
    );
    this.#leave = db.prepare(`DELETE FROM ${from} WHERE ${where} RETURNING queue, lane, attempt`);
  }

  /** `values` are the condition's parameters. Returns the number of items. */
  run(...values: readonly SQLInputValue[]): number {
    this.#ready.run(...values);
    this.#parked.run(...values);
    const left = this.#leave.all(...values);
    for (const { queue, lane, attempt } of left) {
      if (lane === null) continue;
      // No attempt yet: it was delayed, so it is not an active item of its lane. It joins for a moment, so that the lane checks whether it is next.
      if (attempt === 0) this.#lanes.join(queue as number, lane as Uint8Array, 1); // columns of STRICT tables, here and below
      this.#lanes.leave(queue as number, lane as Uint8Array, 1);
    }
    return left.length;
  }
}
