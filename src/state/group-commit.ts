import type { DatabaseSync, StatementSync } from 'node:sqlite';
import { isLocked } from './state-error.ts';

/** How long a group waits for another process's write lock, in all, before it is refused. */
const LOCK_PATIENCE_MS = 10_000;
const LOCK_RETRY_MS = 2;

interface Mutation {
  readonly run: (db: DatabaseSync) => unknown;
  readonly sync: boolean;
  readonly resolve: (value: unknown) => void;
  readonly reject: (reason: unknown) => void;
}

export interface GroupCommitOptions {
  readonly db: DatabaseSync;
  /** Called after each commit that changed something. */
  readonly committed: () => void;
  /** Turns SQLite's error into the one for callers. */
  readonly explain: (thrown: unknown) => unknown;
}

/**
 * Gathers mutations that arrive in one turn of the event loop, and while another process holds the lock, into one transaction:
 *
 *     mutations -> [ BEGIN  run run run ...  COMMIT (one fsync) ] -> each is told its result
 *
 * A group first runs without savepoints. If a mutation throws, the group is rolled back and runs again with a savepoint around each, so that only
 * the faulty one rejects: a savepoint costs as much as a small mutation, and faults are rare.
 *
 * A group without a `sync` mutation is committed without the fsync: it survives the death of this process, and it survives power loss once a later
 * commit syncs the write-ahead log.
 */
export class GroupCommit {
  readonly #db: DatabaseSync;
  readonly #committed: () => void;
  readonly #explain: (thrown: unknown) => unknown;
  readonly #totalChanges: StatementSync;
  #changes = 0;
  #syncs = true;
  #pending: Mutation[] = [];
  #flushing: Promise<void> | undefined;

  constructor({ db, committed, explain }: GroupCommitOptions) {
    this.#db = db;
    this.#committed = committed;
    this.#explain = explain;
    this.#totalChanges = db.prepare('SELECT total_changes() AS n');
  }

  add<T>(run: (db: DatabaseSync) => T, sync: boolean): Promise<T> {
    return new Promise<T>((resolve, reject) => {
      this.#pending.push({ run, sync, resolve: resolve as (value: unknown) => void, reject }); // run and resolve agree on T
      this.#flushing ??= this.#flush();
    });
  }

  /** Resolves when nothing is pending. */
  async idle(): Promise<void> {
    while (this.#flushing !== undefined) await this.#flushing;
  }

  async #flush(): Promise<void> {
    let apart = false;
    while (this.#pending.length > 0) {
      await new Promise((resolve) => setImmediate(resolve));
      try {
        const group = await this.#begin();
        apart = !this.#commit(group, apart);
      } catch (thrown) {
        for (const mutation of this.#takePending()) mutation.reject(this.#explain(thrown));
      }
    }
    this.#flushing = undefined;
  }

  /**
   * Begins a transaction and returns the mutations that are pending by then. If another process holds the write lock, it waits without blocking the
   * event loop.
   */
  async #begin(): Promise<readonly Mutation[]> {
    const patientUntil = performance.now() + LOCK_PATIENCE_MS;
    for (;;) {
      const sync = this.#pending.some((mutation) => mutation.sync);
      if (sync !== this.#syncs) this.#db.exec(`PRAGMA synchronous=${sync ? 'FULL' : 'NORMAL'}`);
      this.#syncs = sync;
      try {
        this.#db.exec('BEGIN IMMEDIATE');
        return this.#takePending();
      } catch (thrown) {
        if (!isLocked(thrown) || performance.now() > patientUntil) throw thrown;
        await new Promise((resolve) => setTimeout(resolve, LOCK_RETRY_MS));
      }
    }
  }

  /** Whether the group was settled. If not, it is pending again, to run with savepoints. */
  #commit(group: readonly Mutation[], apart: boolean): boolean {
    try {
      const tell = group.map(apart ? this.#runApart : this.#runBare);
      this.#db.exec('COMMIT');
      for (const result of tell) result();
    } catch (thrown) {
      if (this.#db.isTransaction) this.#db.exec('ROLLBACK');
      if (apart) for (const mutation of group) mutation.reject(this.#explain(thrown));
      else this.#pending = [...group, ...this.#pending];
      return apart;
    }
    const changes = Number(this.#totalChanges.get()?.['n']);
    if (changes !== this.#changes) this.#committed();
    this.#changes = changes;
    return true;
  }

  readonly #runBare = ({ run, resolve }: Mutation): (() => void) => {
    const value = run(this.#db);
    return () => resolve(value);
  };

  readonly #runApart = ({ run, resolve, reject }: Mutation): (() => void) => {
    this.#db.exec('SAVEPOINT one');
    try {
      const value = run(this.#db);
      this.#db.exec('RELEASE one');
      return () => resolve(value);
    } catch (thrown) {
      // SQLite may have rolled the whole transaction back by itself (full disk): then there is no savepoint, and no group to save.
      if (!this.#db.isTransaction) throw thrown;
      this.#db.exec('ROLLBACK TO one; RELEASE one');
      return () => reject(this.#explain(thrown));
    }
  };

  #takePending(): readonly Mutation[] {
    const group = this.#pending;
    this.#pending = [];
    return group;
  }
}
