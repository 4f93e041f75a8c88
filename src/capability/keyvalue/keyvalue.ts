import { type Capability, type GuestHost, NotGranted } from '../capability.ts';
import { interfaceName } from '../interface-name.ts';
import { Bucket } from './bucket.ts';
import { Cas } from './cas.ts';
import { type Cursors, numbers, texts } from './cursors.ts';
import { KeyValueTable } from './key-value-table.ts';
import { checkedEntries, checkedKey, checkedKeys, type Entry } from './limits.ts';
import type { CounterType, Operations } from './operations.ts';
import { accessDenied } from './store-error.ts';

/** In what the versions of the package differ. */
interface Version {
  readonly cursors: Cursors;
  readonly counters: CounterType;
}

const versions = new Map<string, Version>([
  ['0.2.0-draft', { cursors: numbers, counters: 'u64' }],
  ['0.2.0-draft2', { cursors: texts, counters: 's64' }],
]);

/** The interfaces, and which functions of each ask the main thread. */
const suspends = new Map([
  ['wasi:keyvalue/store', ['get', 'set', 'delete', 'exists', 'list-keys'].map((name) => `[method]bucket.${name}`)],
  ['wasi:keyvalue/atomics', ['increment', '[static]cas.new', '[method]cas.current', 'swap']],
  ['wasi:keyvalue/batch', ['get-many', 'set-many', 'delete-many']],
]);

/** What `open` finds when a guest names no store. */
const DEFAULT_STORE = 'default';

/**
 * `wasi:keyvalue`: the stores that `allow.keyvalue` names, kept in the state file. Reads see every write that has been answered; a write,
 * or a batch of them, is atomic and durable when it is answered.
 */
export const keyvalue: Capability = {
  name: 'keyvalue',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    const functions = suspends.get(path);
    return functions !== undefined && versions.has(version) ? { suspends: functions } : undefined;
  },

  async bind(importName, host) {
    const { path, version: number } = interfaceName(importName);
    const version = versions.get(number);
    if (version === undefined) throw new TypeError(`${importName} is not a version of wasi:keyvalue that is provided`);
    if (path === 'wasi:keyvalue/store') return store(host, version);
    return path === 'wasi:keyvalue/atomics' ? atomics(version) : batch;
  },

  serve({ state, grants }) {
    const table = new KeyValueTable(state);
    return async (method, args) => {
      const [store] = args;
      if (!grants.keyvalue.some((name) => name === store)) throw notGranted(String(store));
      if (!isOperation(method)) throw new TypeError(`wasi:keyvalue has no operation ${method}`);
      // The guest's half sends what Operations says.
      const operation = table[method] as (...args: readonly unknown[]) => Promise<unknown>;
      return operation.apply(table, [...args]);
    };
  },
};

function store(host: GuestHost, { cursors }: Version): object {
  return {
    Bucket,
    open: (identifier: string) => {
      const name = identifier === '' ? DEFAULT_STORE : identifier;
      if (!host.grants.keyvalue.includes(name)) throw accessDenied();
      return new Bucket(host, name, cursors);
    },
  };
}

function atomics({ counters }: Version): object {
  return {
    Cas,
    increment: (bucket: Bucket, key: string, delta: bigint) =>
      bucket.ask('increment', checkedKey(key), delta, counters),
    swap: (cas: Cas, value: Uint8Array) => Cas.swap(cas, value),
  };
}

const batch = {
  getMany: async (bucket: Bucket, keys: readonly string[]) => {
    const values = await bucket.ask('getMany', checkedKeys(keys));
    return values.map((value, place) => value && [keys[place], value]);
  },
  setMany: (bucket: Bucket, entries: readonly Entry[]) => bucket.ask('change', checkedEntries(entries)),
  deleteMany: (bucket: Bucket, keys: readonly string[]) =>
    bucket.ask(
      'change',
      checkedKeys(keys).map((key) => [key, undefined]),
    ),
};

const operations: Readonly<Record<keyof Operations, true>> = {
  get: true,
  getMany: true,
  exists: true,
  change: true,
  list: true,
  increment: true,
  swap: true,
};

function isOperation(method: string): method is keyof Operations {
  return Object.hasOwn(operations, method);
}

function notGranted(store: string): NotGranted {
  return new NotGranted(`allow.keyvalue does not name the store '${store}'`);
}
