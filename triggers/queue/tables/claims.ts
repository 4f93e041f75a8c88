import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { ItemRow } from '../item.ts';
import type { Lanes } from './lanes.ts';

/**
 * How many items of one lane are handed out at once: enough that their thread is not idle between two claims, but few enough that a slow lane does
 * not take all permits.
 */
const LANE_AHEAD = 16;
const LANE_SHARE = 1 / 8;

export interface ClaimOptions {
  readonly queue: number;
  readonly owner: number;
  /** At least 1. */
  readonly max: number;
  /** A random number, new for each claim. */
  readonly token: number;
  /** When the lease ends, in milliseconds since 1970. */
  readonly due: number;
}

/** In the order of ItemRow. */
const COLUMNS = 'seq, rank, attempt + 1, lane, id, time, key, content_type, headers, data';

/** Hands items out under a lease. Everything here but `any` runs inside a mutation of the state file. */
export class Claims {
  readonly #lanes: Lanes;
  readonly #any: StatementSync;
  readonly #heads: StatementSync;
  readonly #holdHeads: StatementSync;
  readonly #removeHeads: StatementSync;
  readonly #behind: StatementSync;
  readonly #holdBehind: StatementSync;
  readonly #removeBehind: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes) {
    this.#lanes = lanes;
    this.#any = db.prepare('SELECT 1 FROM queue_ready WHERE queue = ? LIMIT 1');
    this.#heads = db.prepare(
      `SELECT ${COLUMNS} FROM queue_ready CROSS JOIN queue_body USING (seq) WHERE queue = ? ORDER BY rank, seq LIMIT ?`,
    );
    this.#heads.setReturnArrays(true);
    this.#holdHeads = db.prepare(
      `INSERT INTO queue_held (seq, queue, rank, attempt, lane, due, owner, token)
       SELECT seq, queue, rank, attempt + 1, lane, ?4, ?5, ?6 FROM queue_ready WHERE queue = ?1 AND (rank, seq) <= (?2, ?3)`,
    );
    this.#removeHeads = db.prepare('DELETE FROM queue_ready WHERE queue = ? AND (rank, seq) <= (?, ?)');
    this.#behind = db.prepare(
      `SELECT ${COLUMNS} FROM queue_parked CROSS JOIN queue_body USING (seq) WHERE queue = ? AND lane = ? ORDER BY seq LIMIT ?`,
    );
    this.#behind.setReturnArrays(true);
    this.#holdBehind = db.prepare(
      `INSERT INTO queue_held (seq, queue, rank, attempt, lane, due, owner, token)
       SELECT seq, queue, rank, attempt + 1, lane, ?4, ?5, ?6 FROM queue_parked WHERE queue = ?1 AND lane = ?2 AND seq <= ?3`,
    );
    this.#removeBehind = db.prepare('DELETE FROM queue_parked WHERE queue = ? AND lane = ? AND seq <= ?');
  }

  /** A read: whether a claim would bring something. */
  any(queue: number): boolean {
    return this.#any.get(queue) !== undefined;
  }

  /** Up to `max` items; those of one lane in order. Their `attempt` is the one that begins. */
  claim(options: ClaimOptions): readonly ItemRow[] {
    const { queue, max, due, owner, token } = options;
    const heads = rows(this.#heads.all(queue, max));
    const last = heads.at(-1);
    if (last === undefined) return heads;
    const [seq, rank] = last;
    this.#holdHeads.run(queue, rank, seq, due, owner, token);
    this.#removeHeads.run(queue, rank, seq);
    return heads.length === max ? heads : [...heads, ...this.#claimBehind(heads, options)];
  }

  /** Claims some more items of each lane whose first item was claimed. */
  #claimBehind(heads: readonly ItemRow[], { queue, max, due, owner, token }: ClaimOptions): readonly ItemRow[] {
    const claimed: ItemRow[] = [];
    const ahead = Math.max(LANE_AHEAD, Math.floor(max * LANE_SHARE));
    for (const [, , , lane] of heads) {
      const most = Math.min(ahead - 1, max - heads.length - claimed.length);
      if (lane === null || most === 0) continue;
      const behind = rows(this.#behind.all(queue, lane, most));
      const last = behind.at(-1);
      if (last === undefined) continue;
      this.#holdBehind.run(queue, lane, last[0], due, owner, token);
      this.#removeBehind.run(queue, lane, last[0]);
      this.#lanes.join(queue, lane, behind.length);
      claimed.push(...behind);
    }
    return claimed;
  }
}

/** The item in a row of COLUMNS. Arrays (setReturnArrays) cost half as much as objects. */
function rows(read: unknown): readonly ItemRow[] {
  return read as readonly ItemRow[];
}
