import type { Backlog } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Counts the waiting items of a queue. */
export class BacklogCount {
  readonly #ready: StatementSync;
  readonly #parked: StatementSync;
  readonly #waiting: StatementSync;
  readonly #due: StatementSync;
  readonly #next: StatementSync;

  constructor(db: DatabaseSync) {
    const count = (table: string): StatementSync => db.prepare(`SELECT count(*) AS n FROM ${table} WHERE queue = ?`);
    this.#ready = count('queue_ready');
    this.#parked = count('queue_parked');
    this.#waiting = count('queue_waiting');
    this.#due = db.prepare('SELECT count(*) AS n FROM queue_waiting WHERE queue = ? AND due <= ?');
    this.#next = db.prepare(
      `SELECT time FROM queue_body
       WHERE seq = (SELECT seq FROM queue_ready WHERE queue = ? ORDER BY rank, seq LIMIT 1)`,
    );
  }

  /** A read. Items whose time has come count as ready, and so do those behind the first of their lane. The age is that of the next item. */
  of(queue: number, now: number): Backlog {
    const due = Number(this.#due.get(queue, now)?.['n']);
    const ready = countOf(this.#ready, queue) + countOf(this.#parked, queue) + due;
    const waiting = countOf(this.#waiting, queue) - due;
    const time = this.#next.get(queue)?.['time'];
    return time === undefined ? { ready, waiting } : { ready, waiting, oldestMs: Math.max(0, now - Number(time)) };
  }
}

function countOf(statement: StatementSync, queue: number): number {
  return Number(statement.get(queue)?.['n']);
}
