import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Lease } from '../item.ts';
import type { History } from './history.ts';
import { type Lanes, laneName } from './lanes.ts';
import { Comeback } from './waits.ts';

/**
 * Ends and renews leases. A token identifies a lease: once it has expired and the item went to another holder, the former holder can't change
 * anything (`false`). All methods but the reads run inside a mutation of the state file.
 */
export class Leases {
  readonly #lanes: Lanes;
  readonly #history: History;
  readonly #any: StatementSync;
  readonly #anyOver: StatementSync;
  readonly #remove: StatementSync;
  readonly #removeBody: StatementSync;
  readonly #wait: StatementSync;
  readonly #extend: StatementSync;
  readonly #release: Comeback;
  readonly #releaseAll: Comeback;
  readonly #expire: Comeback;

  constructor(db: DatabaseSync, lanes: Lanes, history: History) {
    this.#lanes = lanes;
    this.#history = history;
    this.#any = db.prepare('SELECT 1 FROM queue_held WHERE queue = ? LIMIT 1');
    this.#anyOver = db.prepare('SELECT 1 FROM queue_held WHERE queue = ? AND due <= ? LIMIT 1');
    this.#remove = db.prepare('DELETE FROM queue_held WHERE seq = ? AND token = ?');
    this.#removeBody = db.prepare('DELETE FROM queue_body WHERE seq = ?');
    this.#wait = db.prepare(
      `INSERT INTO queue_waiting (queue, due, seq, rank, attempt, lane)
       SELECT queue, ?3, seq, rank, attempt, lane FROM queue_held WHERE seq = ?1 AND token = ?2`,
    );
    this.#extend = db.prepare('UPDATE queue_held SET due = ? WHERE seq = ? AND token = ?');
    const back = (where: string, attempt?: string): Comeback =>
      new Comeback(db, lanes, { from: 'queue_held', where, ...(attempt === undefined ? {} : { attempt }) });
    this.#release = back('seq = ?1 AND token = ?2', 'attempt - 1');
    this.#releaseAll = back('queue = ?1 AND owner = ?2', 'attempt - 1');
    this.#expire = back('queue = ?1 AND due <= ?2');
  }

  /** A read: whether any item of the queue is held. */
  any(queue: number): boolean {
    return this.#any.get(queue) !== undefined;
  }

  /** A read: whether a lease had ended by `now`. */
  anyOver(queue: number, now: number): boolean {
    return this.#anyOver.get(queue, now) !== undefined;
  }

  /** Finishes the item: removes it, or keeps it for `keepMs` milliseconds after `now`. Its lane continues at `leaveLanes`. */
  finish(lease: Lease, now: number, keepMs: number): boolean {
    const { seq, token } = lease;
    if (keepMs > 0) this.#history.keep(lease, now, now + keepMs);
    if (this.#remove.run(seq, token).changes === 0) return false;
    if (keepMs === 0) this.#removeBody.run(seq);
    return true;
  }

  /** Continues the lanes of one queue's items that were finished in this mutation: one step per lane. */
  leaveLanes(finished: readonly Lease[]): void {
    for (const [, ofLane] of Map.groupBy(finished, ({ lane }) => lane && laneName(lane))) {
      const { queue, lane } = ofLane[0]!; // a group has one
      if (lane !== null) this.#lanes.leave(queue, lane, ofLane.length);
    }
  }

  /** Returns the item, not before `due`, in milliseconds since 1970. Its lane waits for it. */
  retry({ seq, token }: Lease, due: number): boolean {
    this.#wait.run(seq, token, due);
    return this.#remove.run(seq, token).changes === 1;
  }

  /** Returns the item to its state before the claim. */
  release({ seq, token }: Lease): boolean {
    return this.#release.run(seq, token) === 1;
  }

  /** Releases everything that an owner holds. */
  releaseAll(queue: number, owner: number): void {
    this.#releaseAll.run(queue, owner);
  }

  /** Ends leases that had expired by `now`; their attempt stays charged. */
  expire(queue: number, now: number): void {
    this.#expire.run(queue, now);
  }

  /** `due` in milliseconds since 1970. */
  extend({ seq, token }: Lease, due: number): void {
    this.#extend.run(due, seq, token);
  }
}
