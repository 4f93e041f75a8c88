import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { HELD, PARKED, READY, RETRYING } from './schema.ts';

/** A lane as text: one character a byte, so that different keys are different lanes. */
export function laneName(key: Uint8Array): string {
  return Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1');
}

/** Keeps the order of items with the same key. Everything here runs inside a mutation of the state file. */
export class Lanes {
  readonly #promote: StatementSync;
  readonly #ordered: StatementSync;
  readonly #setOrdered: StatementSync;
  readonly #leaveLanes: StatementSync;
  readonly #enterLanes: StatementSync;
  readonly #laneNames: StatementSync;

  constructor(db: DatabaseSync) {
    this.#promote = db.prepare(
      `UPDATE queue_item SET state = ${READY}
       WHERE seq = (SELECT min(seq) FROM queue_item WHERE queue = ?1 AND lane = ?2 AND state = ${PARKED})
         AND NOT EXISTS (SELECT 1 FROM queue_item WHERE queue = ?1 AND lane = ?2 AND state IN (${READY}, ${HELD}, ${RETRYING}))`,
    );
    this.#ordered = db.prepare('SELECT ordered FROM queue WHERE number = ?');
    this.#setOrdered = db.prepare('UPDATE queue SET ordered = ? WHERE number = ?');
    this.#leaveLanes = db.prepare(
      `UPDATE queue_item SET lane = NULL, state = iif(state = ${PARKED}, ${READY}, state) WHERE queue = ? AND lane IS NOT NULL`,
    );
    this.#enterLanes = db.prepare(
      `UPDATE queue_item SET rank = 0, lane = body.key, state = iif(queue_item.state = ${READY}, ${PARKED}, queue_item.state)
       FROM queue_body AS body
       WHERE body.seq = queue_item.seq AND body.key IS NOT NULL AND queue_item.queue = ?`,
    );
    this.#laneNames = db.prepare('SELECT DISTINCT lane FROM queue_item WHERE queue = ? AND lane IS NOT NULL');
  }

  /** To be called whenever an item of the lane was parked or has left it: the next one is READY if nothing is before it. */
  promote(queue: number, lane: Uint8Array): void {
    this.#promote.run(queue, lane);
  }

  /** The same for the lanes of many items, of which some have none. */
  promoteAll(queue: number, lanes: readonly (Uint8Array | null)[]): void {
    const distinct = new Map(lanes.filter((lane) => lane !== null).map((lane) => [laneName(lane), lane]));
    for (const lane of distinct.values()) this.promote(queue, lane);
  }

  isOrdered(queue: number): boolean {
    return this.#ordered.get(queue)?.['ordered'] === 1;
  }

  /** Whether items with a key have lanes. Goes through the whole queue when that is new. */
  setOrdered(queue: number, ordered: boolean): void {
    if (this.isOrdered(queue) === ordered) return;
    this.#setOrdered.run(ordered ? 1 : 0, queue);
    if (!ordered) {
      this.#leaveLanes.run(queue);
      return;
    }
    this.#enterLanes.run(queue);
    this.promoteAll(
      queue,
      this.#laneNames.all(queue).map(({ lane }) => lane as Uint8Array),
    ); // not null, by the query
  }
}
