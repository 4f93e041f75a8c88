import type { SQLOutputValue } from 'node:sqlite';
import type { Header, TriggerEvent } from '../event.ts';
import type { StateFile } from '../state/state-file.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';

const SCHEMA = [
  `CREATE TABLE dead_letter (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     trigger TEXT NOT NULL, component TEXT NOT NULL, dead_at INTEGER NOT NULL,
     attempt INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, trace_id TEXT,
     id TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL,
     key BLOB, content_type TEXT, headers TEXT NOT NULL, data BLOB NOT NULL,
     UNIQUE (trigger, source, id, time)
   ) STRICT`,
  // An id is its sender's choice, a position is not. Where a letter of before came from was kept in a header that Sluice had added.
  `ALTER TABLE dead_letter RENAME TO dead_letter_by_id;
   CREATE TABLE dead_letter (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     trigger TEXT NOT NULL, component TEXT NOT NULL, dead_at INTEGER NOT NULL,
     attempt INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, trace_id TEXT,
     position TEXT NOT NULL, place TEXT,
     id TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL,
     key BLOB, content_type TEXT, headers TEXT NOT NULL, data BLOB NOT NULL,
     UNIQUE (trigger, position)
   ) STRICT;
   INSERT INTO dead_letter
     SELECT number, trigger, component, dead_at, attempt, outcome, reason, trace_id, 'before-positions/' || number,
       CASE
         WHEN headers ->> '$[#-1][0]' = 'Nats-Subject' THEN headers ->> '$[#-1][1]'
         WHEN headers ->> '$[0][0]' = 'sluice-record' AND instr(headers ->> '$[0][1]', '/') > 0
           THEN substr(headers ->> '$[0][1]', 1, instr(headers ->> '$[0][1]', '/') - 1)
       END,
       id, source, subject, time, key, content_type, headers, data
     FROM dead_letter_by_id;
   DELETE FROM sqlite_sequence WHERE name = 'dead_letter';
   INSERT INTO sqlite_sequence SELECT 'dead_letter', seq FROM sqlite_sequence WHERE name = 'dead_letter_by_id';
   DROP TABLE dead_letter_by_id;`,
  // The total is kept, since adding it up would read every letter.
  `ALTER TABLE dead_letter ADD COLUMN bytes INTEGER NOT NULL DEFAULT 0;
   UPDATE dead_letter SET bytes = ${bytesOf('dead_letter')};
   CREATE INDEX dead_letter_by_age ON dead_letter (dead_at, number);
   CREATE TABLE dead_letter_total (bytes INTEGER NOT NULL) STRICT;
   INSERT INTO dead_letter_total SELECT coalesce(sum(bytes), 0) FROM dead_letter;
   CREATE TRIGGER dead_letter_added AFTER INSERT ON dead_letter BEGIN
     UPDATE dead_letter SET bytes = ${bytesOf('new')} WHERE number = new.number;
     UPDATE dead_letter_total SET bytes = bytes + ${bytesOf('new')};
   END;
   CREATE TRIGGER dead_letter_removed AFTER DELETE ON dead_letter BEGIN
     UPDATE dead_letter_total SET bytes = bytes - old.bytes;
   END;`,
];

/** What a letter weighs: its event, and what is told of it. */
function bytesOf(row: string): string {
  const columns = ['reason', 'position', 'id', 'source', 'subject', 'headers', 'data', 'key', 'content_type'];
  return `200 + ${columns.map((column) => `coalesce(octet_length(${row}.${column}), 0)`).join(' + ')}`;
}

const COLUMNS =
  'number, trigger, component, dead_at, attempt, outcome, reason, trace_id, position, place, id, source, subject, time, key, content_type, headers, data';

/** How long letters are kept, and how much: beyond either, the oldest are removed. */
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

/** A dead letter as it is kept. */
export interface StoredLetter extends DeadLetter {
  /** What `sluice dead` calls it by. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly deadAt: number;
}

/** The local store of dead letters, in the state file: the default, so that nothing is dropped because nobody said anything. */
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

  /** A letter that is there already (the process died between put and settle) is replaced, not doubled. */
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

  /** Removes the oldest letters that are beyond a limit, some at a time. `undefined`: all others may stay. */
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

  /** Numbers and triggers alone, oldest first, of letters up to the number `upTo`: a part of all, after the number `after`. */
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

  /** Resolves when they are gone; how many there were. */
  async remove(numbers: readonly number[]): Promise<number> {
    return this.#state.write((db) => {
      const statement = db.prepare('DELETE FROM dead_letter WHERE number = ?');
      return numbers.reduce((removed, number) => removed + Number(statement.run(number).changes), 0);
    });
  }
}

function letterOf(row: Record<string, SQLOutputValue>): StoredLetter {
  const key = row['key'];
  const contentType = row['content_type'];
  const place = row['place'];
  const event: TriggerEvent = {
    id: String(row['id']),
    source: String(row['source']),
    subject: String(row['subject']),
    time: BigInt(String(row['time'])),
    ...(key instanceof Uint8Array ? { key } : {}),
    ...(typeof contentType === 'string' ? { contentType } : {}),
    headers: JSON.parse(String(row['headers'])) as readonly Header[], // written by put, from the same type
    data: row['data'] as Uint8Array, // a NOT NULL BLOB in a STRICT table
  };
  return {
    number: Number(row['number']),
    trigger: String(row['trigger']),
    component: String(row['component']),
    deadAt: Number(row['dead_at']),
    attempt: Number(row['attempt']),
    outcome: String(row['outcome']),
    reason: String(row['reason']),
    traceId: typeof row['trace_id'] === 'string' ? row['trace_id'] : undefined,
    position: String(row['position']),
    ...(typeof place === 'string' ? { place } : {}),
    event,
  };
}
