import assert from 'node:assert/strict';
import { DatabaseSync } from 'node:sqlite';
import { test } from 'node:test';
import { StateFile } from '#trigger';
import { QueueFile } from './queue-file.ts';

const ITEMS = 100_000;
/** Never longer than the permits of all triggers, or the number of triggers: a scan of them is no scan of the queue. */
const SHORT = /^SCAN (queue_held|queue_owner)$/;

/** A queue with 100,000 items in each place where items wait. */
function fill(db: DatabaseSync): void {
  const numbers = `WITH RECURSIVE number(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM number WHERE n < ${ITEMS})`;
  db.exec(`
    INSERT INTO queue (number, name) VALUES (1, 'jobs');
    ${numbers} INSERT INTO queue_body (seq, id, time, data) SELECT n, n, n, x'00' FROM number;
    ${numbers} INSERT INTO queue_ready (queue, rank, seq, attempt) SELECT 1, 0, n, 0 FROM number;
    ${numbers} INSERT INTO queue_waiting (queue, due, seq, rank, attempt) SELECT 1, n, n, 0, 0 FROM number;
    ${numbers} INSERT INTO queue_parked (queue, lane, seq, attempt) SELECT 1, CAST(n % 100 AS BLOB), n, 0 FROM number;
    ${numbers} INSERT INTO queue_lane (queue, lane, active) SELECT 1, CAST(n AS BLOB), 1 FROM number;
    ${numbers} INSERT INTO queue_done (seq, queue, attempt, until) SELECT n, 1, 1, n FROM number;
    ${numbers} INSERT INTO queue_seen (queue, id, until) SELECT 1, n, n FROM number;
    ANALYZE`);
}

test('no statement of the queue goes through all items: 100,000 of them cost a claim what one does', async (t) => {
  await using state = StateFile.open(':memory:');
  const prepare = t.mock.method(DatabaseSync.prototype, 'prepare');
  QueueFile.of(state);
  const statements = prepare.mock.calls.map(({ arguments: [sql] }) => sql).filter((sql) => /queue_/.test(sql));
  prepare.mock.restore();
  assert.ok(statements.length > 30, `only ${statements.length} statements were seen`);
  state.read((db) => {
    fill(db);
    for (const sql of statements) {
      const plan = db.prepare(`EXPLAIN QUERY PLAN ${sql}`).all();
      const scans = plan.map(({ detail }) => String(detail)).filter((step) => /^SCAN|TEMP B-TREE/.test(step));
      assert.deepEqual(
        scans.filter((step) => !SHORT.test(step)),
        [],
        sql,
      );
    }
  });
});
