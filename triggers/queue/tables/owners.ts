import { isGone, processMark } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';

/**
 * Holders of items: each open trigger is one owner, with the mark of its process. Items of an owner whose process is gone need not wait until their
 * lease expires.
 */
export class Owners {
  readonly #add: StatementSync;
  readonly #others: StatementSync;
  readonly #endLeases: StatementSync;
  readonly #remove: StatementSync;

  constructor(db: DatabaseSync) {
    this.#add = db.prepare('INSERT INTO queue_owner (queue, mark) VALUES (?, ?)');
    this.#others = db.prepare('SELECT number, mark FROM queue_owner WHERE queue = ? AND number <> ?');
    this.#endLeases = db.prepare('UPDATE queue_held SET due = 0 WHERE owner = ?');
    this.#remove = db.prepare('DELETE FROM queue_owner WHERE number = ?');
  }

  /** Inside a mutation. The number of the new owner. */
  add(queue: number): number {
    return Number(this.#add.run(queue, processMark).lastInsertRowid);
  }

  /** A read: others than `owner` whose process is provably gone. */
  gone(queue: number, owner: number): readonly number[] {
    const others = this.#others.all(queue, owner);
    return others.filter(({ mark }) => isGone(String(mark))).map(({ number }) => Number(number));
  }

  /** Inside a mutation. Its leases end. */
  remove(owner: number): void {
    this.#endLeases.run(owner);
    this.#remove.run(owner);
  }
}
