import { chmodSync, closeSync, mkdirSync, openSync, statSync } from 'node:fs';
import { dirname } from 'node:path';
import { DatabaseSync } from 'node:sqlite';
import { SluiceError } from '../errors.ts';
import { CommitWatch } from './commit-watch.ts';
import { GroupCommit } from './group-commit.ts';
import { isLocked, notOpened, stateError } from './state-error.ts';

/** How long a step that can't yield to the event loop (opening, migrating, reading) waits for another process's lock, in total. */
const LOCK_PATIENCE_MS = 10_000;
/** How long SQLite itself waits for a lock each time: it blocks the event loop. */
const LOCK_WAIT_MS = 5;

export interface WriteOptions {
  /**
   * `true` (default): resolves when the mutation survives power loss. `false`: when it survives the death of this process. That saves an fsync, for
   * data that may be lost, such as a lease.
   */
  readonly sync?: boolean;
}

/**
 * Sluice's own state in one SQLite file: queue items, cron slots, dead letters, key-value data. WAL, synchronous=FULL, group commit.
 * Several processes may open the same file, on the same machine.
 *
 * Each module owns its tables and migrates them itself (`migrate`).
 */
export class StateFile implements AsyncDisposable {
  readonly path: string;
  readonly #db: DatabaseSync;
  readonly #watch: CommitWatch;
  readonly #commits: GroupCommit;
  #closed = false;

  private constructor(path: string, db: DatabaseSync) {
    this.path = path;
    this.#db = db;
    const dataVersion = db.prepare('PRAGMA data_version');
    this.#watch = new CommitWatch(() => Number(dataVersion.get()?.['data_version']));
    this.#commits = new GroupCommit({
      db,
      committed: () => this.#watch.announce(),
      explain: (thrown) => stateError(thrown, path),
    });
  }

  /**
   * Opens or creates the file and its folder. Throws SLU4001 (can't be created or opened), SLU4003 (corrupt), SLU4004 (can't be written),
   * SLU4005 (locked for 10 s), SLU4006 (another user's). `path` may be `:memory:`, which is not durable.
   */
  static open(path: string): StateFile {
    const db = openDatabase(path);
    try {
      retryWhileLocked(() => db.exec('PRAGMA journal_mode=WAL'));
      db.exec('PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON; PRAGMA wal_autocheckpoint=4000');
      retryWhileLocked(() =>
        db.exec('CREATE TABLE IF NOT EXISTS sluice_module (name TEXT PRIMARY KEY, version INTEGER NOT NULL) STRICT'),
      );
      return new StateFile(path, db);
    } catch (thrown) {
      db.close();
      throw stateError(thrown, path);
    }
  }

  /**
   * Brings a module's tables to version `steps.length`; step n takes version n to n+1 and runs once, in a transaction. Throws SLU4002
   * when the file is newer than the steps.
   */
  migrate(module: string, steps: readonly string[]): void {
    try {
      if (this.#versionOf(module) === steps.length) return;
      retryWhileLocked(() => this.#db.exec('BEGIN IMMEDIATE'));
      try {
        this.#migrateFrom(this.#versionOf(module), module, steps);
        this.#db.exec('COMMIT');
      } catch (thrown) {
        if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
        throw thrown;
      }
    } catch (thrown) {
      throw stateError(thrown, this.path);
    }
  }

  /** Reads, outside any transaction of ours. Statements may be prepared once and kept: `state.read((db) => db.prepare(...))`. */
  read<T>(query: (db: DatabaseSync) => T): T {
    if (this.#closed) throw closed();
    try {
      return retryWhileLocked(() => query(this.#db));
    } catch (thrown) {
      throw stateError(thrown, this.path);
    }
  }

  /**
   * Runs `mutation` in the next group commit and resolves with its result once that is stored. If a mutation throws, only it is rolled back, and its
   * promise rejects with what it threw. Rejects with SLU4004 or SLU4005 (both transient) if the commit itself failed: then nothing of the group was
   * stored. A mutation may run again with a group that could not be committed at first, so it must touch only `db`.
   */
  write<T>(mutation: (db: DatabaseSync) => T, { sync = true }: WriteOptions = {}): Promise<T> {
    return this.#closed ? Promise.reject(closed()) : this.#commits.add(mutation, sync);
  }

  /** Grows with every commit, of any process, that this process has noticed. Pass it to `changed`. */
  get version(): number {
    return this.#watch.commits;
  }

  /**
   * Resolves when any process has committed something since `version` was `since`, when `ms` milliseconds have passed, when `signal` is
   * aborted, or when the file is closed. May resolve without a change: look again.
   */
  changed(ms: number, signal: AbortSignal, since: number = this.version): Promise<void> {
    return this.#closed ? Promise.resolve() : this.#watch.changed(since, ms, signal);
  }

  /** Commits what is pending, then closes. Idempotent. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#commits.idle();
    this.#closed = true;
    this.#watch.wake();
    if (this.#db.isOpen) this.#db.close();
  }

  #versionOf(module: string): number {
    const row = this.#db.prepare('SELECT version FROM sluice_module WHERE name = ?').get(module);
    return Number(row?.['version'] ?? 0);
  }

  #migrateFrom(version: number, module: string, steps: readonly string[]): void {
    if (version > steps.length) {
      throw new SluiceError(
        'SLU4002',
        `the state file has version ${version} of '${module}', this Sluice knows up to ${steps.length}`,
        {
          place: { file: this.path },
          fix: 'run the newer Sluice, or set state.path to another file',
          state: 'the file was not changed',
        },
      );
    }
    for (const step of steps.slice(version)) this.#db.exec(step);
    this.#db
      .prepare('INSERT INTO sluice_module VALUES (?, ?) ON CONFLICT (name) DO UPDATE SET version = excluded.version')
      .run(module, steps.length);
  }
}

function closed(): TypeError {
  return new TypeError('the state file is closed');
}

function openDatabase(path: string): DatabaseSync {
  try {
    if (path !== ':memory:') makePrivate(path);
    return new DatabaseSync(path, { timeout: LOCK_WAIT_MS });
  } catch (thrown) {
    throw thrown instanceof SluiceError ? thrown : notOpened(thrown, path);
  }
}

/**
 * Creates the file if it does not exist, and removes all permissions of other users, since it holds the data of events. SQLite creates the
 * files beside it with the same mode.
 */
function makePrivate(path: string): void {
  mkdirSync(dirname(path), { recursive: true, mode: 0o700 });
  const found = statSync(path, { throwIfNoEntry: false });
  if (found === undefined) {
    create(path);
    return;
  }
  // Not opened here: closing it would drop the locks of this process. https://www.sqlite.org/howtocorrupt.html#_posix_advisory_locks_canceled_by_a_separate_thread_doing_close_
  if (!found.isFile()) throw new Error('it is not a file');
  const self = process.geteuid?.();
  if (self !== undefined && self !== 0 && found.uid !== self && found.uid !== 0) {
    throw new SluiceError('SLU4006', `the state file belongs to user ${found.uid}, and this is user ${self}`, {
      place: { file: path },
      fix: `run Sluice as its owner, or set state.path to another file`,
    });
  }
  for (const each of [path, `${path}-wal`, `${path}-shm`]) {
    const mode = statSync(each, { throwIfNoEntry: false })?.mode ?? 0;
    if ((mode & 0o077) !== 0 && (self === 0 || self === found.uid)) chmodSync(each, 0o600);
  }
}

function create(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600));
  } catch (thrown) {
    // Another process was faster.
    if (!(thrown instanceof Error && 'code' in thrown && thrown.code === 'EEXIST')) throw thrown;
  }
}

function retryWhileLocked<T>(step: () => T): T {
  const patientUntil = performance.now() + LOCK_PATIENCE_MS;
  for (;;) {
    try {
      return step();
    } catch (thrown) {
      if (!isLocked(thrown) || performance.now() > patientUntil) throw thrown;
    }
  }
}
