/**
 * The tables of all queues of a state file. An unfinished item is a row in queue_body, which says what it is, and a row in exactly one of
 * four small tables, which says where it is:
 *
 *     put --> ready --------> held ------------> finished (accept, drop)
 *      |        ^ ^            | |
 *      |        | +------------+ |   release, lease run out
 *      |        |                v
 *      +--> waiting <------------+   retry; `put` with a delay
 *      |
 *      +--> parked                   behind the first of its lane: on to ready when the lane is free
 *
 * Small rows that move are cheaper than one row that is changed (6 changes to trees in an item's life, not 9), and a claim never writes
 * the data again. A lane that is blocked costs a claim nothing, however many items are parked in it.
 *
 * `attempt` counts the attempts charged so far, the one under way among them. `rank` is 0 minus the priority: lower comes first; 0 for
 * items with a lane. Times are milliseconds since 1970.
 */
export const SCHEMA: readonly string[] = [
  `
  CREATE TABLE queue (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    ordered INTEGER NOT NULL DEFAULT 1    -- whether items with a key have lanes
  ) STRICT;

  CREATE TABLE queue_body (
    seq INTEGER PRIMARY KEY,              -- order of arrival
    id TEXT NOT NULL,
    time INTEGER NOT NULL,
    key BLOB,
    content_type TEXT,
    headers TEXT,                         -- JSON: [[name, value], ...]; null: none
    data BLOB NOT NULL
  ) STRICT;

  CREATE TABLE queue_ready (
    queue INTEGER NOT NULL, rank INTEGER NOT NULL, seq INTEGER NOT NULL,
    attempt INTEGER NOT NULL, lane BLOB,
    PRIMARY KEY (queue, rank, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE queue_held (               -- never more rows than there are permits, so that it may be scanned
    seq INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL, rank INTEGER NOT NULL, attempt INTEGER NOT NULL, lane BLOB,
    due INTEGER NOT NULL,                 -- when the lease is over
    owner INTEGER NOT NULL,               -- the trigger that holds it
    token INTEGER NOT NULL                -- what its holder has to show
  ) STRICT;

  CREATE TABLE queue_waiting (
    queue INTEGER NOT NULL, due INTEGER NOT NULL, seq INTEGER NOT NULL,
    rank INTEGER NOT NULL, attempt INTEGER NOT NULL, lane BLOB,
    PRIMARY KEY (queue, due, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE queue_parked (
    queue INTEGER NOT NULL, lane BLOB NOT NULL, seq INTEGER NOT NULL,
    rank INTEGER NOT NULL DEFAULT 0, attempt INTEGER NOT NULL,
    PRIMARY KEY (queue, lane, seq)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE queue_lane (               -- lanes that are not empty
    queue INTEGER NOT NULL, lane BLOB NOT NULL,
    active INTEGER NOT NULL,              -- items that are ready, held, or waiting for a retry
    PRIMARY KEY (queue, lane)
  ) STRICT, WITHOUT ROWID;

  CREATE TABLE queue_done (               -- finished items that are kept for a while, with their bodies
    seq INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL, attempt INTEGER NOT NULL, until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX queue_done_until ON queue_done (queue, until);

  CREATE TABLE queue_seen (               -- ids that were published within their window
    queue INTEGER NOT NULL, id TEXT NOT NULL, until INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_seen_until ON queue_seen (queue, until);

  CREATE TABLE queue_owner (              -- open triggers
    number INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL, mark TEXT NOT NULL
  ) STRICT;
  `,
];
