import type { StateFile } from '#trigger';
import type { Consumer } from './consumer.ts';

const steps = [
  `CREATE TABLE nats_release (
     durable TEXT NOT NULL,
     sequence INTEGER NOT NULL,
     released INTEGER NOT NULL,
     PRIMARY KEY (durable, sequence)
   ) STRICT, WITHOUT ROWID`,
];

/**
 * How often each message of a durable was returned uncharged. JetStream counts every delivery and can't record why one happened, so the count is
 * kept here until the message is settled.
 *
 * It is in the state file, so only the processes that share that file know it. If a replica elsewhere gets the message next, it counts the released
 * delivery as an attempt.
 */
export class ReleaseLedger {
  readonly #state: StateFile;
  /** A durable that was recreated under the same name is a different one: its messages have other numbers. */
  readonly #durable: string;

  private constructor(state: StateFile, durable: string) {
    this.#state = state;
    this.#durable = durable;
  }

  /** Removes entries of messages that are settled by now, and of earlier durables. */
  static async open(state: StateFile, { stream, name, created, ackFloor }: Consumer): Promise<ReleaseLedger> {
    state.migrate('nats', steps);
    const prefix = `${stream}/${name}@`;
    const durable = `${prefix}${created}`;
    await state.write((db) => {
      db.prepare('DELETE FROM nats_release WHERE substr(durable, 1, ?) = ? AND (durable <> ? OR sequence <= ?)').run(
        prefix.length,
        prefix,
        durable,
        ackFloor,
      );
    });
    return new ReleaseLedger(state, durable);
  }

  /** Resolves when it is durable. */
  async released(sequences: readonly number[]): Promise<void> {
    if (sequences.length === 0) return;
    await this.#state.write((db) => {
      const add = db.prepare(
        `INSERT INTO nats_release (durable, sequence, released) VALUES (?, ?, 1)
         ON CONFLICT DO UPDATE SET released = released + 1`,
      );
      for (const sequence of sequences) add.run(this.#durable, sequence);
    });
  }

  countOf(sequence: number): number {
    const row = this.#state.read((db) =>
      db.prepare('SELECT released FROM nats_release WHERE durable = ? AND sequence = ?').get(this.#durable, sequence),
    );
    return Number(row?.['released'] ?? 0);
  }

  /** Needs no sync: the next `open` removes entries that this fails to remove. */
  async forget(sequence: number): Promise<void> {
    await this.#state.write(
      (db) => {
        db.prepare('DELETE FROM nats_release WHERE durable = ? AND sequence = ?').run(this.#durable, sequence);
      },
      { sync: false },
    );
  }
}

/** The counts of a message's deliveries, by JetStream and by us. */
export interface Tries {
  /** JetStream's count: the first delivery, retries, and deliveries after a crash or a release. */
  readonly deliveries: number;
  /** Deliveries that were returned uncharged. */
  readonly released: number;
  /** Total attempts of the retry policy. */
  readonly attempts: number;
  /** JetStream's limit of deliveries; Infinity: no limit. */
  readonly maxDeliver: number;
}

/**
 * The number of this attempt. From the last but one delivery that JetStream allows, it is the last attempt or a later one, whatever
 * was released: after the last delivery JetStream would give up silently, and a crash may still use up one.
 */
export function attemptOf({ deliveries, released, attempts, maxDeliver }: Tries): number {
  const charged = Math.max(1, deliveries - released);
  return deliveries >= maxDeliver - 1 ? Math.max(charged, attempts) : charged;
}
