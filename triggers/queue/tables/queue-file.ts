import type { StateFile } from '#trigger';
import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { BacklogCount } from './backlog-count.ts';
import { Claims } from './claims.ts';
import { History } from './history.ts';
import { Lanes } from './lanes.ts';
import { Leases } from './leases.ts';
import { Ordering } from './ordering.ts';
import { Owners } from './owners.ts';
import { SCHEMA } from './schema.ts';
import { Waits } from './waits.ts';
import { Writer } from './writer.ts';

const files = new WeakMap<StateFile, QueueFile>();

/** The queues of one state file: its tables, and every statement that touches them, prepared once. */
export class QueueFile {
  readonly state: StateFile;
  readonly ordering: Ordering;
  readonly writer: Writer;
  readonly claims: Claims;
  readonly leases: Leases;
  readonly waits: Waits;
  readonly owners: Owners;
  readonly history: History;
  readonly backlog: BacklogCount;
  readonly #find: StatementSync;
  readonly #make: StatementSync;

  /** Returns the same object for the same state file. Throws SLU4002 if the file is from a newer version. */
  static of(state: StateFile): QueueFile {
    let file = files.get(state);
    if (file === undefined) {
      state.migrate('queue', SCHEMA);
      file = state.read((db) => new QueueFile(state, db));
      files.set(state, file);
    }
    return file;
  }

  private constructor(state: StateFile, db: DatabaseSync) {
    const lanes = new Lanes(db);
    this.state = state;
    this.ordering = new Ordering(db, lanes);
    this.writer = new Writer(db, lanes, this.ordering);
    this.claims = new Claims(db, lanes);
    this.history = new History(db);
    this.leases = new Leases(db, lanes, this.history);
    this.waits = new Waits(db, lanes);
    this.owners = new Owners(db);
    this.backlog = new BacklogCount(db);
    this.#find = db.prepare('SELECT number FROM queue WHERE name = ?');
    this.#make = db.prepare('INSERT INTO queue (name) VALUES (?)');
  }

  /** Inside a mutation: the number of a queue, which is created if missing. */
  numberOf(name: string): number {
    const found = this.#find.get(name)?.['number'];
    return Number(found ?? this.#make.run(name).lastInsertRowid);
  }
}
