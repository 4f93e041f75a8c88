import { isGone, processMark } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Who holds items: each open trigger is one owner, with the mark of its process. Items of an owner whose process is gone need not wait for
 * their lease to run out.
 */
export class Owners {
  readonly #add: StatementSync;
  readonly #others: StatementSync;
  readonly #expire: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare('INSERT INTO queue_owner (queue, mark) VALUES (?, ?)');
    this.#others = db.prepare('SELECT number, mark FROM queue_owner WHERE queue = ? AND number <> ?');
    this.#expire = db.prepare('UPDATE queue_item SET due = 0 WHERE queue = ? AND due IS NOT NULL AND owner = ?');
    this.#remove = db.prepare('DELETE FROM queue_owner WHERE number = ?');
  }

  /** Inside a mutation. The number of the new owner. */
  add(queue: number): number {
    return Number(this.#add.run(queue, processMark).lastInsertRowid);
  }

  /** Inside a mutation. */
  remove(owner: number): void {
    this.#remove.run(owner);
  }

  /** A read: whether there are others than `owner`, and which of them are provably gone. */
  others(queue: number, owner: number): { readonly any: boolean; readonly gone: readonly number[] } {
    const rows = this.#others.all(queue, owner);
    const gone = rows.filter(({ mark }) => isGone(String(mark))).map(({ number }) => Number(number));
    return { any: rows.length > 0, gone };
  }

  /** Inside a mutation: the leases of owners that are gone run out now, with their attempt charged. */
  expire(queue: number, gone: readonly number[]): void {
    for (const owner of gone) {
      this.#expire.run(queue, owner);
      this.#remove.run(owner);
    }
  }
}
