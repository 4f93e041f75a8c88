import type { DatabaseSync, StatementSync, SQLInputValue } from 'node:sqlite';
import type { Lanes } from './lanes.ts';

export interface ComebackOptions {
  readonly from: 'queue_held' | 'queue_waiting';
  /** SQL over the columns of that table. */
  readonly where: string;
  /** SQL: the number of attempts charged from then on. Default: as it was. */
  readonly attempt?: string;
}

/**
 * Brings some items back to where they can be claimed: those with a lane to their place in it, the others to the ready ones. Runs inside a
 * mutation of the state file.
 */
export class Comeback {
  readonly #lanes: Lanes;
  readonly #ready: StatementSync;
  readonly #parked: StatementSync;
  readonly #leave: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes, { from, where, attempt = 'attempt' }: ComebackOptions) {
    this.#lanes = lanes;
    this.#ready = db.prepare(
      `INSERT INTO queue_ready (queue, rank, seq, attempt)
       SELECT queue, rank, seq, ${attempt} FROM ${from} WHERE lane IS NULL AND ${where}`,
    );
    this.#parked = db.prepare(
      `INSERT INTO queue_parked (queue, lane, seq, attempt)
       SELECT queue, lane, seq, ${attempt} FROM ${from} WHERE lane IS NOT NULL AND ${where}`,
    );
    this.#leave = db.prepare(`DELETE FROM ${from} WHERE ${where} RETURNING queue, lane, attempt`);
  }

  /** `values` are those of the condition's parameters. How many items it were. */
  run(...values: readonly SQLInputValue[]): number {
    this.#ready.run(...values);
    this.#parked.run(...values);
    const left = this.#leave.all(...values);
    for (const { queue, lane, attempt } of left) {
      if (lane === null) continue;
      // No attempt yet: it was delayed, and so no active item of its lane. It joins for a moment, so that the lane looks whether it is next.
      if (attempt === 0) this.#lanes.join(queue as number, lane as Uint8Array, 1); // columns of STRICT tables, here and below
      this.#lanes.leave(queue as number, lane as Uint8Array);
    }
    return left.length;
  }
}
