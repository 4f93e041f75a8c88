import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { History } from './history.ts';
import type { Lanes } from './lanes.ts';
import { PARKED, READY, RETRYING } from './schema.ts';

/** An item in somebody's hands. */
export interface Lease {
  readonly queue: number;
  readonly seq: number;
  readonly lane: Uint8Array | null;
  readonly token: number;
}

/**
 * Ends leases, and renews them. A lease is known by its token: once it ran out and the item was given on, its holder can change nothing any
 * more, and is told so (`false`). Everything here runs inside a mutation of the state file.
 */
export class Leases {
  readonly #lanes: Lanes;
  readonly #history: History;
  readonly #remove: StatementSync;
  readonly #removeBody: StatementSync;
  readonly #retry: StatementSync;
  readonly #release: StatementSync;
  readonly #extend: StatementSync;
  readonly #releaseAll: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes, history: History) {
    this.#lanes = lanes;
    this.#history = history;
    this.#remove = db.prepare('DELETE FROM queue_item WHERE seq = ? AND token = ?');
    this.#removeBody = db.prepare('DELETE FROM queue_body WHERE seq = ?');
    this.#retry = db.prepare(
      `UPDATE queue_item SET state = ${RETRYING}, due = ?, owner = NULL, token = NULL WHERE seq = ? AND token = ?`,
    );
    const giveBack = `UPDATE queue_item SET state = iif(lane IS NULL, ${READY}, ${PARKED}), attempt = attempt - 1, due = NULL, owner = NULL, token = NULL`;
    this.#release = db.prepare(`${giveBack} WHERE seq = ? AND token = ?`);
    this.#releaseAll = db.prepare(`${giveBack} WHERE queue = ? AND due IS NOT NULL AND owner = ? RETURNING lane`);
    this.#extend = db.prepare('UPDATE queue_item SET due = ? WHERE seq = ? AND token = ?');
  }

  /** Finished: the item is gone, or kept aside for `keepMs` milliseconds after `now`. */
  finish(lease: Lease, now: number, keepMs: number): boolean {
    const { queue, seq, token } = lease;
    if (keepMs > 0) this.#history.keep(seq, token, now + keepMs);
    if (this.#remove.run(seq, token).changes === 0) return false;
    if (keepMs === 0) this.#removeBody.run(seq);
    // Two for one: what is kept stays in proportion to what is finished, without a job to clean up.
    else this.#history.forget(queue, now, 2);
    this.#goOn(lease);
    return true;
  }

  /** Not again before `due`, in milliseconds since 1970. Its lane waits for it. */
  retry({ seq, token }: Lease, due: number): boolean {
    return this.#retry.run(due, seq, token).changes === 1;
  }

  /** Back as it was before it was claimed. */
  release(lease: Lease): boolean {
    const held = this.#release.run(lease.seq, lease.token).changes === 1;
    if (held) this.#goOn(lease);
    return held;
  }

  /** `until` in milliseconds since 1970. */
  extend({ seq, token }: Lease, until: number): void {
    this.#extend.run(until, seq, token);
  }

  /** Releases whatever an owner holds. */
  releaseAll(queue: number, owner: number): void {
    const released = this.#releaseAll.all(queue, owner);
    this.#lanes.promoteAll(
      queue,
      released.map(({ lane }) => lane as Uint8Array | null),
    ); // a BLOB column
  }

  #goOn({ queue, lane }: Lease): void {
    if (lane !== null) this.#lanes.promote(queue, lane);
  }
}
