import { DatabaseSync } from 'node:sqlite';
import { plainWork } from './plain-work.ts';
import { type Run, Stopwatch } from './stopwatch.ts';
import { TemporaryFolder } from './temporary-folder.ts';

/** Items of one transaction. */
const GROUP = 256;

/**
 * The loop that one writes by hand on node:sqlite: claim a group, do the work, complete the group, each in a transaction of its own. Items
 * wait already. `synced`: a transaction is on disk when it has ended; else the system writes it at some time.
 */
export function handleByHand(count: number, bytes: number, { synced = true } = {}): Promise<Run> {
  using folder = new TemporaryFolder();
  using db = new DatabaseSync(folder.in('plain.db'));
  db.exec(`PRAGMA journal_mode=WAL; PRAGMA synchronous=${synced ? 'FULL' : 'OFF'};
    CREATE TABLE item (seq INTEGER PRIMARY KEY, state INTEGER NOT NULL, leased INTEGER, attempt INTEGER NOT NULL DEFAULT 0, data BLOB NOT NULL) STRICT;
    CREATE INDEX item_ready ON item (state, seq)`);
  const insert = db.prepare('INSERT INTO item (state, data) VALUES (0, ?)');
  db.exec('BEGIN');
  for (let n = 0; n < count; n += 1) insert.run(new Uint8Array(bytes).fill(7));
  db.exec('COMMIT');
  const claim = db.prepare(
    `UPDATE item SET state = 1, leased = ?, attempt = attempt + 1
     WHERE seq IN (SELECT seq FROM item WHERE state = 0 ORDER BY seq LIMIT ${GROUP}) RETURNING seq, attempt, data`,
  );
  const complete = db.prepare('DELETE FROM item WHERE seq = ? AND state = 1');
  const stopwatch = new Stopwatch(count);
  stopwatch.begin();
  for (;;) {
    const group = claim.all(Date.now());
    if (group.length === 0) return stopwatch.ended;
    for (const { data } of group) plainWork(data as Uint8Array); // a NOT NULL BLOB in a STRICT table
    db.exec('BEGIN IMMEDIATE');
    for (const { seq } of group) complete.run(seq ?? null);
    db.exec('COMMIT');
    stopwatch.counted(group.length);
  }
}
