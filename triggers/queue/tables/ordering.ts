import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { Lanes } from './lanes.ts';

const leaveLanes = `
  INSERT INTO queue_ready (queue, rank, seq, attempt) SELECT queue, 0, seq, attempt FROM queue_parked WHERE queue = $queue;
  DELETE FROM queue_parked WHERE queue = $queue;
  DELETE FROM queue_lane WHERE queue = $queue;
  UPDATE queue_ready SET lane = NULL WHERE queue = $queue AND lane IS NOT NULL;
  UPDATE queue_held SET lane = NULL WHERE queue = $queue AND lane IS NOT NULL;
  UPDATE queue_waiting SET lane = NULL WHERE queue = $queue AND lane IS NOT NULL`;

/** Items that are held meanwhile stay without a lane until they are finished. */
const enterLanes = `
  INSERT INTO queue_parked (queue, lane, seq, attempt)
    SELECT queue, key, seq, attempt FROM queue_ready JOIN queue_body USING (seq) WHERE queue = $queue AND key IS NOT NULL;
  DELETE FROM queue_ready WHERE queue = $queue AND seq IN (SELECT seq FROM queue_parked WHERE queue = $queue);
  UPDATE queue_waiting SET lane = key, rank = 0 FROM queue_body AS body
    WHERE body.seq = queue_waiting.seq AND queue = $queue AND key IS NOT NULL;
  INSERT INTO queue_lane (queue, lane, active)
    SELECT queue, lane, count(*) FROM queue_waiting WHERE queue = $queue AND lane IS NOT NULL AND attempt > 0 GROUP BY lane;
  INSERT INTO queue_lane (queue, lane, active)
    SELECT DISTINCT queue, lane, 0 FROM queue_parked WHERE queue = $queue ON CONFLICT DO NOTHING`;

/** Whether items with a key have lanes in a queue. Kept in the file, so that every publisher knows. */
export class Ordering {
  readonly #db: DatabaseSync;
  readonly #lanes: Lanes;
  readonly #get: StatementSync;

  constructor(db: DatabaseSync, lanes: Lanes) {
    this.#db = db;
    this.#lanes = lanes;
    this.#get = db.prepare('SELECT ordered FROM queue WHERE number = ?');
  }

  of(queue: number): boolean {
    return this.#get.get(queue)?.['ordered'] === 1;
  }

  /** Inside a mutation. Rearranges the whole queue if the setting changed. */
  set(queue: number, ordered: boolean): void {
    if (this.of(queue) === ordered) return;
    this.#db.prepare('UPDATE queue SET ordered = ? WHERE number = ?').run(ordered ? 1 : 0, queue);
    // `queue` is a number that this module made: exec takes many statements, but no parameters.
    this.#db.exec((ordered ? enterLanes : leaveLanes).replaceAll('$queue', String(queue)));
    const idle = this.#db.prepare('SELECT lane FROM queue_lane WHERE queue = ? AND active = 0').all(queue);
    for (const { lane } of idle) this.#lanes.advance(queue, lane as Uint8Array); // a NOT NULL BLOB
  }
}
