import type { Backlog } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Counts what waits in a queue. */
export class BacklogCount {
  readonly #ready: StatementSync;
  readonly #parked: StatementSync;
  readonly #waiting: StatementSync;
  readonly #next: StatementSync;

  constructor(db: DatabaseSync) {
    const count = (table: string): StatementSync => db.prepare(`SELECT count(*) AS n FROM ${table} WHERE queue = ?`);
    this.#ready = count('queue_ready');
    this.#parked = count('queue_parked');
    this.#waiting = count('queue_waiting');
    this.#next = db.prepare(
      `SELECT time FROM queue_body
       WHERE seq = (SELECT seq FROM queue_ready WHERE queue = ? ORDER BY rank, seq LIMIT 1)`,
    );
  }

  /** A read. Items behind the first of their lane count as ready; the age is that of the one to be handed out next. */
  of(queue: number, now: number): Backlog {
    const ready = countOf(this.#ready, queue) + countOf(this.#parked, queue);
    const waiting = countOf(this.#waiting, queue);
    const time = this.#next.get(queue)?.['time'];
    return time === undefined ? { ready, waiting } : { ready, waiting, oldestMs: Math.max(0, now - Number(time)) };
  }
}

function countOf(statement: StatementSync, queue: number): number {
  return Number(statement.get(queue)?.['n']);
}
