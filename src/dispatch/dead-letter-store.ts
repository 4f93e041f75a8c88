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
];

const COLUMNS =
  'number, trigger, component, dead_at, attempt, outcome, reason, trace_id, position, place, id, source, subject, time, key, content_type, headers, data';

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

  /** Newest first; only those of `trigger` when it is given. */
  list(limit: number, trigger?: string): StoredLetter[] {
    const where = trigger === undefined ? '' : 'WHERE trigger = ?';
    return this.#state.read((db) =>
      db
        .prepare(`SELECT ${COLUMNS} FROM dead_letter ${where} ORDER BY number DESC LIMIT ?`)
        .all(...(trigger === undefined ? [] : [trigger]), limit)
        .map(letterOf),
    );
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
