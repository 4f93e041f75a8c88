import type { Clock } from '../../clock.ts';
import type { Logger } from '../../logger.ts';
import type { StateFile } from '../../state/state-file.ts';
import { COLUMNS, letterOf, SCHEMA, type StoredLetter } from './dead-letter-table.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

export type { StoredLetter };

/** How long letters are kept, and how many bytes of them: beyond either, the oldest are removed. */
export interface LetterLimits {
  readonly maxAgeMs: number;
  /** Of all letters together; the newest one stays whatever its size. */
  readonly maxBytes: number;
}

/** Letters that were removed because of a limit. */
export interface Purged {
  readonly trigger: string;
  readonly reason: 'age' | 'size';
  readonly letters: number;
}

/** Letters that one transaction removes at most, so that nothing else waits long. */
const PURGED_AT_ONCE = 500;

/** The local store of dead letters, in the state file. It is the default, so that an app that configures nothing drops nothing. */
export class DeadLetterStore implements DeadLetters {
  readonly destination = 'store';
  readonly keeps = true;
  readonly #state: StateFile;
  readonly #now: () => number;

  constructor(state: StateFile, now: () => number) {
    state.migrate('dead-letters', SCHEMA);
    this.#state = state;
    this.#now = now;
  }

  /** A letter that is there already (the process died between put and settle) is replaced, not stored twice. */
  async put(letter: DeadLetter): Promise<void> {
    const { event } = letter;
    const deadAt = this.#now();
    await this.#state.write((db) =>
      db
        .prepare(
          `INSERT INTO dead_letter (trigger, component, dead_at, attempt, outcome, reason, trace_id, position, place, id, source, subject, time, key, content_type, headers, data)
           VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
           ON CONFLICT (trigger, position) DO UPDATE SET
             dead_at = excluded.dead_at, attempt = excluded.attempt, outcome = excluded.outcome, reason = excluded.reason, trace_id = excluded.trace_id`,
        )
        .run(
          letter.trigger,
          letter.component,
          deadAt,
          letter.attempt,
          letter.outcome,
          letter.reason,
          letter.traceId ?? null,
          letter.position,
          letter.place ?? null,
          event.id,
          event.source,
          event.subject,
          String(event.time),
          event.key ?? null,
          event.contentType ?? null,
          JSON.stringify(event.headers),
          event.data,
        ),
    );
  }

  /** Removes some of the oldest letters that are beyond a limit. `undefined`: none is. */
  async purge({ maxAgeMs, maxBytes }: LetterLimits): Promise<readonly Purged[] | undefined> {
    const eldest = this.#now() - maxAgeMs;
    return this.#state.write((db) => {
      const total = db.prepare('SELECT bytes FROM dead_letter_total');
      const oldest = db.prepare('SELECT number, trigger, dead_at FROM dead_letter ORDER BY dead_at, number LIMIT 2');
      const remove = db.prepare('DELETE FROM dead_letter WHERE number = ?');
      const purged = new Map<string, { trigger: string; reason: 'age' | 'size'; letters: number }>();
      for (let removed = 0; removed < PURGED_AT_ONCE; removed += 1) {
        const [letter, next] = oldest.all();
        if (letter === undefined) break;
        const isOld = Number(letter['dead_at']) < eldest;
        if (!isOld && (next === undefined || Number(total.get()?.['bytes']) <= maxBytes)) break;
        remove.run(letter['number']!);
        const [trigger, reason] = [String(letter['trigger']), isOld ? 'age' : 'size'] as const;
        const counted = purged.get(`${reason} ${trigger}`);
        if (counted === undefined) purged.set(`${reason} ${trigger}`, { trigger, reason, letters: 1 });
        else counted.letters += 1;
      }
      return purged.size === 0 ? undefined : [...purged.values()];
    });
  }

  /** Newest first; only those of `trigger` when it is given, and those with lower numbers than `below`. */
  list(limit: number, trigger?: string, below = Number.MAX_SAFE_INTEGER): StoredLetter[] {
    const where = trigger === undefined ? '' : 'AND trigger = ?';
    return this.#state.read((db) =>
      db
        .prepare(`SELECT ${COLUMNS} FROM dead_letter WHERE number < ? ${where} ORDER BY number DESC LIMIT ?`)
        .all(below, ...(trigger === undefined ? [] : [trigger]), limit)
        .map(letterOf),
    );
  }

  /** Numbers and triggers alone, oldest first, of at most `limit` letters with numbers above `after` and up to `upTo`. */
  numbers(
    limit: number,
    { after, upTo, trigger }: { after: number; upTo: number; trigger?: string | undefined },
  ): { number: number; trigger: string }[] {
    const where = trigger === undefined ? '' : 'AND trigger = ?';
    return this.#state.read((db) =>
      db
        .prepare(
          `SELECT number, trigger FROM dead_letter WHERE number > ? AND number <= ? ${where} ORDER BY number LIMIT ?`,
        )
        .all(after, upTo, ...(trigger === undefined ? [] : [trigger]), limit)
        .map((row) => ({ number: Number(row['number']), trigger: String(row['trigger']) })),
    );
  }

  /** The highest number there is; 0 when there is none. */
  get newest(): number {
    return this.#state.read((db) => Number(db.prepare('SELECT max(number) AS n FROM dead_letter').get()?.['n'] ?? 0));
  }

  get(number: number): StoredLetter | undefined {
    const row = this.#state.read((db) => db.prepare(`SELECT ${COLUMNS} FROM dead_letter WHERE number = ?`).get(number));
    return row === undefined ? undefined : letterOf(row);
  }

  count(trigger?: string): number {
    return this.#state.read((db) => {
      const row =
        trigger === undefined
          ? db.prepare('SELECT count(*) AS n FROM dead_letter').get()
          : db.prepare('SELECT count(*) AS n FROM dead_letter WHERE trigger = ?').get(trigger);
      return Number(row?.['n'] ?? 0);
    });
  }

  /** Resolves when they are gone, with how many there were. */
  async remove(numbers: readonly number[]): Promise<number> {
    return this.#state.write((db) => {
      const statement = db.prepare('DELETE FROM dead_letter WHERE number = ?');
      return numbers.reduce((removed, number) => removed + Number(statement.run(number).changes), 0);
    });
  }
}

const EACH_MS = 60_000;

export interface ExpireOptions {
  readonly limits: LetterLimits;
  readonly clock: Clock;
  readonly log: Logger;
  readonly purged: (purged: Purged) => void;
}

/**
 * Keeps the store within its limits: now and each minute, until `signal` is aborted. What is removed is counted and logged. Never rejects: a
 * state file that can't be written fails for those that need it.
 */
export async function expireLetters(
  store: DeadLetterStore,
  { limits, clock, log, purged }: ExpireOptions,
  signal: AbortSignal,
): Promise<void> {
  while (!signal.aborted) {
    try {
      for (let gone = await store.purge(limits); gone !== undefined; gone = await store.purge(limits)) {
        for (const each of gone) {
          purged(each);
          log.warn({ ...each }, 'dead letters were purged: they are beyond a limit of [dead_letters]');
        }
        if (signal.aborted) return;
      }
    } catch (thrown) {
      log.debug({ err: thrown }, 'dead letters could not be looked through');
    }
    await clock.sleep(EACH_MS, signal);
  }
}
