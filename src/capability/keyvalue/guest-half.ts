import type { GuestHost, InterfaceName } from '../capability.ts';
import { Bucket, Cas, type Cursors, numbers, texts } from './wasi-stores.ts';
import { accessDenied, checkedEntries, checkedKey, checkedKeys, type Entry } from './limits.ts';
import type { CounterType } from './operations.ts';
import { firstSpinStores, spinStores } from './spin-stores.ts';

/** The differences between the versions of the package. */
interface Draft {
  readonly cursors: Cursors;
  readonly counters: CounterType;
}

const firstDraft: Draft = { cursors: numbers, counters: 'u64' };
const secondDraft: Draft = { cursors: texts, counters: 's64' };

/** The store that `open` opens when a guest names none. */
const DEFAULT_STORE = 'default';

/** The implementation of one interface for one instance. */
export function bindKeyValue({ path, version }: InterfaceName, host: GuestHost): object {
  if (path === 'fermyon:spin/key-value') return version === '' ? firstSpinStores(host) : spinStores(host);
  const draft = version === '0.2.0-draft' ? firstDraft : secondDraft;
  if (path === 'wasi:keyvalue/store') return store(host, draft);
  return path === 'wasi:keyvalue/atomics' ? atomics(draft) : batch;
}

function store(host: GuestHost, { cursors }: Draft): object {
  return {
    Bucket,
    open: (identifier: string) => {
      const name = identifier === '' ? DEFAULT_STORE : identifier;
      if (!host.grants.keyvalue.includes(name)) throw accessDenied();
      return new Bucket(host, name, cursors);
    },
  };
}

function atomics({ counters }: Draft): object {
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
