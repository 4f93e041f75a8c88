import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { Comeback } from './comeback.ts';
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

  /** A read: when the next one's time comes, in milliseconds since 1970; Infinity when none waits. */
  nextDue(queue: number): number {
    return Number(this.#next.get(queue)?.['due'] ?? Infinity);
  }

  /** Inside a mutation: brings those back whose time has come. */
  wake(queue: number, now: number): void {
    const last = this.#last.get(queue, now);
    this.#comeback.run(queue, last?.['due'] ?? now, last?.['seq'] ?? Number.MAX_SAFE_INTEGER);
  }
}
