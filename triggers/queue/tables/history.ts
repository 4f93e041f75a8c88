import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Lease } from '../item.ts';

/** Finished items that are kept for a while. All methods run inside a mutation of the state file. */
export class History {
  readonly #keep: StatementSync;
  readonly #forget: StatementSync;
  readonly #forgetBody: StatementSync;

  constructor(db: DatabaseSync) {
    this.#keep = db.prepare(
      'INSERT INTO queue_done (seq, queue, attempt, until) SELECT seq, queue, attempt, ?3 FROM queue_held WHERE seq = ?1 AND token = ?2',
    );
    this.#forget = db.prepare(
      `DELETE FROM queue_done
       WHERE seq IN (SELECT seq FROM queue_done WHERE queue = ? AND until <= ? ORDER BY until LIMIT ?) RETURNING seq`,
    );
    this.#forgetBody = db.prepare('DELETE FROM queue_body WHERE seq = ?');
  }

  /** Keeps an item that its holder is about to finish. Times in milliseconds since 1970. */
  keep({ queue, seq, token }: Lease, now: number, until: number): void {
    this.#keep.run(seq, token, until);
    // Two removals per finished item keep the history in proportion, without a cleanup job.
    this.forget(queue, now, 2);
  }

  /** Removes up to `most` expired items. */
  forget(queue: number, now: number, most: number): void {
    for (const { seq } of this.#forget.all(queue, now, most)) this.#forgetBody.run(seq as number); // the primary key
  }
}
