import type { DatabaseSync, StatementSync } from 'node:sqlite';
import type { StateFile } from '../../state/state-file.ts';
import {
  type Change,
  counted,
  type CounterType,
  type KeyPage,
  type KeyValueOperations,
  sameValue,
} from './operations.ts';
import { checkedTotal } from './limits.ts';

const steps = [
  `CREATE TABLE keyvalue (
     id INTEGER PRIMARY KEY,
     store TEXT NOT NULL,
     key TEXT NOT NULL,
     value BLOB NOT NULL,
     UNIQUE (store, key)
   ) STRICT;
   CREATE INDEX keyvalue_by_store ON keyvalue (store);`,
];

/** Keys in one page. */
const PAGE = 1000;

type Sql = 'get' | 'size' | 'set' | 'delete' | 'list';

/** Key-value stores in the state file. A store exists as soon as it has a key. Components with a grant for the same store share it. */
export class KeyValueTable implements KeyValueOperations {
  readonly #state: StateFile;
  readonly #sql: Readonly<Record<Sql, StatementSync>>;

  /** Throws what StateFile.migrate throws. */
  constructor(state: StateFile) {
    state.migrate('keyvalue', steps);
    this.#state = state;
    this.#sql = state.read(prepare);
  }

  async get(store: string, key: string): Promise<Uint8Array | undefined> {
    return this.#state.read(() => this.#value(store, key));
  }

  async getMany(store: string, keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    return this.#state.read(() => {
      let bytes = 0;
      for (const key of keys) bytes += this.#size(store, key) ?? 0;
      checkedTotal(bytes);
      return keys.map((key) => this.#value(store, key));
    });
  }

  async exists(store: string, key: string): Promise<boolean> {
    return this.#state.read(() => this.#size(store, key) !== undefined);
  }

  change(store: string, changes: readonly Change[]): Promise<void> {
    return this.#state.write(() => {
      for (const [key, value] of changes) {
        if (value === undefined) this.#sql.delete.run(store, key);
        else this.#sql.set.run(store, key, value);
      }
    });
  }

  async list(store: string, cursor: number): Promise<KeyPage> {
    const rows = this.#state.read(() => this.#sql.list.all(store, cursor, PAGE));
    const keys = rows.map((row) => String(row['key']));
    return rows.length < PAGE ? { keys } : { keys, cursor: Number(rows.at(-1)?.['id']) };
  }

  increment(store: string, key: string, delta: bigint, type: CounterType): Promise<bigint> {
    return this.#state.write(() => {
      const sum = counted(key, this.#value(store, key), delta, type);
      this.#sql.set.run(store, key, Buffer.from(String(sum)));
      return sum;
    });
  }

  swap(store: string, key: string, expected: Uint8Array | undefined, value: Uint8Array): Promise<boolean> {
    return this.#state.write(() => {
      if (!sameValue(this.#value(store, key), expected)) return false;
      this.#sql.set.run(store, key, value);
      return true;
    });
  }

  #value(store: string, key: string): Uint8Array | undefined {
    const value = this.#sql.get.get(store, key)?.['value'];
    return value instanceof Uint8Array ? value : undefined;
  }

  #size(store: string, key: string): number | undefined {
    const size = this.#sql.size.get(store, key)?.['size'];
    return size === undefined ? undefined : Number(size);
  }
}

function prepare(db: DatabaseSync): Record<Sql, StatementSync> {
  return {
    get: db.prepare('SELECT value FROM keyvalue WHERE store = ? AND key = ?'),
    size: db.prepare('SELECT length(value) AS size FROM keyvalue WHERE store = ? AND key = ?'),
    set: db.prepare(
      `INSERT INTO keyvalue (store, key, value) VALUES (?, ?, ?)
       ON CONFLICT (store, key) DO UPDATE SET value = excluded.value`,
    ),
    delete: db.prepare('DELETE FROM keyvalue WHERE store = ? AND key = ?'),
    list: db.prepare('SELECT id, key FROM keyvalue WHERE store = ? AND id > ? ORDER BY id LIMIT ?'),
  };
}
