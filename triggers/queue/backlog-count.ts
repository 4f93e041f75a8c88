import type { Backlog } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { PARKED, READY } from './schema.ts';

/** Counts what waits in a queue, in indexes alone: about 20 ms for a million items. */
export class BacklogCount {
  readonly #ready: StatementSync;
  readonly #parked: StatementSync;
  readonly #waiting: StatementSync;
  readonly #next: StatementSync;

  constructor(db: DatabaseSync) {
    this.#ready = db.prepare(`SELECT count(*) AS n FROM queue_item WHERE queue = ? AND state = ${READY}`);
    this.#parked = db.prepare(
      `SELECT count(*) AS n FROM queue_item WHERE queue = ? AND lane IS NOT NULL AND state = ${PARKED}`,
    );
    this.#waiting = db.prepare(
      'SELECT count(*) AS n FROM queue_item WHERE queue = ? AND due IS NOT NULL AND owner IS NULL',
    );
    this.#next = db.prepare(
      `SELECT time FROM queue_body
       WHERE seq = (SELECT seq FROM queue_item WHERE queue = ? AND state = ${READY} ORDER BY rank, seq LIMIT 1)`,
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
