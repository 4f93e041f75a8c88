/**
 * Where an item is. Names are for SQL text: partial indexes apply only where the number is written out.
 *
 *     put ------> READY -----> HELD ----------> gone (accept, drop)
 *      |            ^  ^        | |
 *      |            |  +--------+ |  release, lease run out
 *      +-> DELAYED -+             v
 *          (after)  +------- RETRYING
 *
 * Where items have lanes, only the first of a lane is READY; those behind it are PARKED, and one of them becomes READY when the lane has
 * no item that is READY, HELD or RETRYING any more. So a lane that is blocked costs a claim nothing, however long it is.
 */
export const READY = 0;
export const PARKED = 1;
export const HELD = 2;
export const RETRYING = 3;
export const DELAYED = 4;

/** Steps for StateFile.migrate. */
export const SCHEMA: readonly string[] = [
  `
  CREATE TABLE queue (
    number INTEGER PRIMARY KEY,
    name TEXT NOT NULL UNIQUE,
    ordered INTEGER NOT NULL DEFAULT 1   -- whether items with a key have lanes
  ) STRICT;

  -- What an item is. Apart from its state, since SQLite writes a row whole: a claim must not write the data again.
  CREATE TABLE queue_body (
    seq INTEGER PRIMARY KEY,             -- order of arrival
    id TEXT NOT NULL,
    time INTEGER NOT NULL,               -- ms since 1970
    key BLOB,
    content_type TEXT,
    headers TEXT,                        -- JSON: [[name, value], ...]; null: none
    data BLOB NOT NULL
  ) STRICT;

  -- Where an item is, while it is not finished.
  CREATE TABLE queue_item (
    seq INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    state INTEGER NOT NULL,
    rank INTEGER NOT NULL,               -- 0 minus its priority: lower comes first
    attempt INTEGER NOT NULL DEFAULT 0,  -- attempts charged so far, the one under way among them
    lane BLOB,
    due INTEGER,                         -- ms since 1970: when a delay, a retry or a lease is over; null: READY or PARKED
    owner INTEGER,                       -- the trigger that holds it
    token INTEGER                        -- what its holder has to show
  ) STRICT;
  CREATE INDEX queue_ready ON queue_item (queue, rank, seq) WHERE state = ${READY};
  CREATE INDEX queue_due ON queue_item (queue, due, owner) WHERE due IS NOT NULL;
  CREATE INDEX queue_lane ON queue_item (queue, lane, state) WHERE lane IS NOT NULL;

  -- Finished items that are kept for a while, their bodies with them.
  CREATE TABLE queue_done (
    seq INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    until INTEGER NOT NULL
  ) STRICT;
  CREATE INDEX queue_done_until ON queue_done (queue, until);

  -- Ids that were published within their window.
  CREATE TABLE queue_seen (
    queue INTEGER NOT NULL,
    id TEXT NOT NULL,
    until INTEGER NOT NULL,
    PRIMARY KEY (queue, id)
  ) STRICT, WITHOUT ROWID;
  CREATE INDEX queue_seen_until ON queue_seen (queue, until);

  -- Open triggers, so that the items of one whose process died can be told from those of a living one.
  CREATE TABLE queue_owner (
    number INTEGER PRIMARY KEY,
    queue INTEGER NOT NULL,
    mark TEXT NOT NULL
  ) STRICT;
  `,
];
