import type { DatabaseSync, StatementSync } from 'node:sqlite';

/** Finished items that are kept for a while. Everything here runs inside a mutation of the state file. */
export class History {
  readonly #keep: StatementSync;
  readonly #forget: StatementSync;
  readonly #forgetBody: StatementSync;

  constructor(db: DatabaseSync) {
    this.#keep = db.prepare(
      'INSERT INTO queue_done (seq, queue, attempt, until) SELECT seq, queue, attempt, ? FROM queue_item WHERE seq = ? AND token = ?',
    );
    this.#forget = db.prepare(
      `DELETE FROM queue_done
       WHERE seq IN (SELECT seq FROM queue_done WHERE queue = ? AND until <= ? ORDER BY until LIMIT ?) RETURNING seq`,
    );
    this.#forgetBody = db.prepare('DELETE FROM queue_body WHERE seq = ?');
  }

  /** Keeps an item that is about to be finished by the holder of `token`, until a time in milliseconds since 1970. */
  keep(seq: number, token: number, until: number): void {
    this.#keep.run(until, seq, token);
  }

  /** Forgets items whose time is over, `most` of them. */
  forget(queue: number, now: number, most: number): void {
    for (const { seq } of this.#forget.all(queue, now, most)) this.#forgetBody.run(seq as number); // the primary key
  }
}
