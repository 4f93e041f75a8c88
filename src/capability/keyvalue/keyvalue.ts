import { type Capability, interfaceName, NotGranted } from '../capability.ts';
import type { bindKeyValue } from './guest-half.ts';
import { checkedEntries, checkedKey, checkedKeys, checkedValue, type Entry } from './limits.ts';
import { KeyValueTable } from './key-value-table.ts';
import type { Operations } from './operations.ts';
import { SharedKeyValue } from './shared-key-value.ts';

const drafts = new Set(['0.2.0-draft', '0.2.0-draft2']);

/** The interfaces, and which functions of each ask the main thread. */
const suspends = new Map([
  ['wasi:keyvalue/store', ['get', 'set', 'delete', 'exists', 'list-keys'].map((name) => `[method]bucket.${name}`)],
  ['wasi:keyvalue/atomics', ['increment', '[static]cas.new', '[method]cas.current', 'swap']],
  ['wasi:keyvalue/batch', ['get-many', 'set-many', 'delete-many']],
]);

/** The same of `fermyon:spin/key-value`, by its version. */
const suspendsOfSpin = new Map([
  ['', ['get', 'set', 'delete', 'exists', 'get-keys']],
  ['2.0.0', ['get', 'set', 'delete', 'exists', 'get-keys'].map((name) => `[method]store.${name}`)],
]);

/**
 * `wasi:keyvalue`, and Spin's interface for the same: the stores that `allow.keyvalue` names. Replicas on any machines share the stores that the
 * manifest defines (`[store.NAME]`); the others are in the state file. Reads see every write that has been answered. A write is atomic and durable
 * when it is answered; in the state file, so is a batch of writes.
 */
export const keyvalue: Capability = {
  name: 'keyvalue',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    const wasi = drafts.has(version) ? suspends.get(path) : undefined;
    const functions = path === 'fermyon:spin/key-value' ? suspendsOfSpin.get(version) : wasi;
    return functions && { suspends: functions };
  },

  async bind(importName, host) {
    const bind = await guestHalf();
    return bind(interfaceName(importName), host);
  },

  serve({ state, stores = new Map(), grants }) {
    const table = new KeyValueTable(state);
    const shared = new SharedKeyValue(stores);
    return async (method, args) => {
      const [store] = args;
      if (!grants.keyvalue.some((name) => name === store)) throw notGranted(String(store));
      if (!isOperation(method)) throw new TypeError(`wasi:keyvalue has no operation ${method}`);
      checkArguments(method, args);
      const target = stores.has(String(store)) ? shared : table;
      // The guest's half sends the arguments that Operations declares.
      const operation = target[method] as (...args: readonly unknown[]) => Promise<unknown>;
      return operation.apply(target, [...args]);
    };
  },
};

let loading: Promise<typeof bindKeyValue> | undefined;

/** Loaded when a guest needs it, in its thread. */
function guestHalf(): Promise<typeof bindKeyValue> {
  loading ??= import('./guest-half.ts').then((loaded) => loaded.bindKeyValue);
  return loading;
}

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

/** The guest's half checks this too, but main does not trust a process that runs guests. */
function checkArguments(method: keyof Operations, [, first, second, third]: readonly unknown[]): void {
  if (method === 'list') return;
  const isMany = method === 'getMany' || method === 'change';
  if (isMany !== Array.isArray(first) || (!isMany && typeof first !== 'string')) {
    throw new TypeError(`wasi:keyvalue: ${method} got an invalid key`);
  }
  // As their types say, checked above or below.
  if (method === 'getMany') checkedKeys(first as readonly string[]);
  else if (method === 'change') checkedEntries((first as readonly unknown[]).filter(isEntry));
  else checkedKey(first as string);
  for (const value of [second, third]) if (value instanceof Uint8Array) checkedValue(value);
}

function isEntry(change: unknown): change is Entry {
  if (!Array.isArray(change)) throw new TypeError('wasi:keyvalue: a change is none');
  const [key, value] = change as unknown[];
  checkedKey(String(key));
  return value !== undefined;
}

function notGranted(store: string): NotGranted {
  return new NotGranted(`allow.keyvalue does not name the store '${store}'`);
}
