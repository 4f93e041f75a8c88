import { type Capability, NotGranted } from '../capability.ts';
import { interfaceName } from '../interface-name.ts';
import type { bindKeyValue } from './guest-half.ts';
import { KeyValueTable } from './key-value-table.ts';
import type { Operations } from './operations.ts';
import { SharedKeyValue } from './shared-key-value.ts';

const versions = new Set(['0.2.0-draft', '0.2.0-draft2']);

/** The interfaces, and which functions of each ask the main thread. */
const suspends = new Map([
  ['wasi:keyvalue/store', ['get', 'set', 'delete', 'exists', 'list-keys'].map((name) => `[method]bucket.${name}`)],
  ['wasi:keyvalue/atomics', ['increment', '[static]cas.new', '[method]cas.current', 'swap']],
  ['wasi:keyvalue/batch', ['get-many', 'set-many', 'delete-many']],
]);

/**
 * `wasi:keyvalue`: the stores that `allow.keyvalue` names. Those that the manifest defines (`[store.NAME]`) are shared by replicas on any
 * machines; the others are in the state file. Reads see every write that has been answered; a write is atomic and durable when it is
 * answered, and in the state file a batch of them is, too.
 */
export const keyvalue: Capability = {
  name: 'keyvalue',

  provides(importName) {
    const { path, version } = interfaceName(importName);
    const functions = suspends.get(path);
    return functions !== undefined && versions.has(version) ? { suspends: functions } : undefined;
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
      const target = stores.has(String(store)) ? shared : table;
      // The guest's half sends what Operations says.
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

function notGranted(store: string): NotGranted {
  return new NotGranted(`allow.keyvalue does not name the store '${store}'`);
}
