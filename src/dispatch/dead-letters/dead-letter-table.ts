import type { SQLOutputValue } from 'node:sqlite';
import type { Header, TriggerEvent } from '../../event.ts';
import type { DeadLetter } from './dead-letters.ts';

/** A dead letter as it is kept. */
export interface StoredLetter extends DeadLetter {
  /** What `sluice dead` calls it by. */
  readonly number: number;
  /** Milliseconds since 1970. */
  readonly deadAt: number;
}

/** One migration for each version of the table. */
export const SCHEMA = [
  `CREATE TABLE dead_letter (
     number INTEGER PRIMARY KEY AUTOINCREMENT,
     trigger TEXT NOT NULL, component TEXT NOT NULL, dead_at INTEGER NOT NULL,
     attempt INTEGER NOT NULL, outcome TEXT NOT NULL, reason TEXT NOT NULL, trace_id TEXT,
     id TEXT NOT NULL, source TEXT NOT NULL, subject TEXT NOT NULL, time TEXT NOT NULL,
     key BLOB, content_type TEXT, headers TEXT NOT NULL, data BLOB NOT NULL,
     UNIQUE (trigger, source, id, time)
   ) STRICT`,
  // A sender chooses the id, only the source gives the position. Older letters kept their place in a header that Sluice had added.
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

/** What a letter weighs: its event, and what is known about it. */
function bytesOf(row: string): string {
  const columns = ['reason', 'position', 'id', 'source', 'subject', 'headers', 'data', 'key', 'content_type'];
  return `200 + ${columns.map((column) => `coalesce(octet_length(${row}.${column}), 0)`).join(' + ')}`;
}

export const COLUMNS =
  'number, trigger, component, dead_at, attempt, outcome, reason, trace_id, position, place, id, source, subject, time, key, content_type, headers, data';

/** A row of COLUMNS as a letter. */
export function letterOf(row: Record<string, SQLOutputValue>): StoredLetter {
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
