import { OWN_KEYS, type SharedEntry, type SharedStore } from '../../trigger/shared-store.ts';
import {
  type Change,
  counted,
  type CounterType,
  type KeyPage,
  type KeyValueOperations,
  sameValue,
} from './operations.ts';
import { checkedTotal } from './limits.ts';

/**
 * Key-value stores that replicas on any machines share. Each change of one key is atomic. A batch changes key after key, as wasi:keyvalue allows: if
 * one fails, the changes before it stay. All keys are listed in one page.
 */
export class SharedKeyValue implements KeyValueOperations {
  readonly #stores: ReadonlyMap<string, SharedStore>;

  constructor(stores: ReadonlyMap<string, SharedStore>) {
    this.#stores = stores;
  }

  async get(store: string, key: string): Promise<Uint8Array | undefined> {
    return (await this.#entry(store, key))?.value;
  }

  async getMany(store: string, keys: readonly string[]): Promise<(Uint8Array | undefined)[]> {
    const values: (Uint8Array | undefined)[] = [];
    let bytes = 0;
    for (const key of keys) {
      const value = await this.get(store, key);
      bytes += value?.length ?? 0;
      checkedTotal(bytes);
      values.push(value);
    }
    return values;
  }

  async exists(store: string, key: string): Promise<boolean> {
    return (await this.#entry(store, key)) !== undefined;
  }

  async change(store: string, changes: readonly Change[]): Promise<void> {
    const shared = this.#named(store);
    for (const [key] of changes) checkedOwner(key);
    for (const [key, value] of changes) {
      if (value === undefined) await shared.delete(key);
      else await shared.put(key, value);
    }
  }

  async list(store: string): Promise<KeyPage> {
    const keys = await this.#named(store).keys('');
    return { keys: keys.filter((key) => !key.startsWith(OWN_KEYS)).toSorted() };
  }

  async increment(store: string, key: string, delta: bigint, type: CounterType): Promise<bigint> {
    for (;;) {
      const entry = await this.#entry(store, key);
      const sum = counted(key, entry?.value, delta, type);
      if (await this.#replace(store, key, entry, Buffer.from(String(sum)))) return sum;
    }
  }

  async swap(store: string, key: string, expected: Uint8Array | undefined, value: Uint8Array): Promise<boolean> {
    for (;;) {
      const entry = await this.#entry(store, key);
      if (!sameValue(entry?.value, expected)) return false;
      if (await this.#replace(store, key, entry, value)) return true;
    }
  }

  /** `false`: the key changed meanwhile, so another writer made progress. */
  async #replace(store: string, key: string, seen: SharedEntry | undefined, value: Uint8Array): Promise<boolean> {
    return (await this.#named(store).put(key, value, seen?.revision ?? 0)) !== undefined;
  }

  #entry(store: string, key: string): Promise<SharedEntry | undefined> {
    return this.#named(store).get(checkedOwner(key));
  }

  #named(store: string): SharedStore {
    const shared = this.#stores.get(store);
    if (shared === undefined) throw new TypeError(`no store is called '${store}'`);
    return shared;
  }
}

function checkedOwner(key: string): string {
  if (key.startsWith(OWN_KEYS)) throw new Error(`keys that begin with '${OWN_KEYS}' are Sluice's own, got '${key}'`);
  return key;
}
