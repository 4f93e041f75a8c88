import { type GuestHost, WitError } from '../capability.ts';
import { Bucket, numbers } from './wasi-stores.ts';
import { accessDenied, MOST_BATCH_BYTES, otherError, type StoreError } from './limits.ts';

// `fermyon:spin/key-value`: the same stores, in Spin's words. Spin's label `default` is ours.

/** Overhead of a key, beside its bytes, in a list of all keys. */
const KEY_BYTES = 32;

/** `fermyon:spin/key-value@2.0.0` for one instance. */
export function spinStores(host: GuestHost): object {
  return {
    Store: class Store extends SpinStore {
      static open(label: string): SpinStore {
        return new Store(host, granted(host, label));
      }
    },
  };
}

/** `store`: a bucket whose keys are listed all at once. */
class SpinStore extends Bucket {
  constructor(host: GuestHost, label: string) {
    super(host, label, numbers);
  }

  async getKeys(): Promise<readonly string[]> {
    const keys: string[] = [];
    let bytes = 0;
    for (let cursor: number | undefined = 0; cursor !== undefined;) {
      const page: { readonly keys: readonly string[]; readonly cursor?: number } = await this.ask('list', cursor);
      for (const key of page.keys) bytes += KEY_BYTES + key.length;
      if (bytes > MOST_BATCH_BYTES) throw otherError(`the keys of the store have more than ${MOST_BATCH_BYTES} bytes`);
      keys.push(...page.keys);
      cursor = page.cursor;
    }
    return keys;
  }
}

/** `error` of the version without a number. */
type FirstError =
  | Exclude<StoreError, { readonly tag: 'other' }>
  | { readonly tag: 'invalid-store' }
  | { readonly tag: 'no-such-key' }
  | { readonly tag: 'io'; readonly val: string };

/** `fermyon:spin/key-value` without a version, for one instance: stores are numbers, and a missing key is an error. */
export function firstSpinStores(host: GuestHost): object {
  const open = new Map<number, SpinStore>();
  let opened = 0;
  const storeOf = (number: number): SpinStore => {
    const store = open.get(number);
    if (store === undefined) throw new WitError<FirstError>({ tag: 'invalid-store' });
    return store;
  };
  return {
    open: (label: string) => {
      const store = new SpinStore(host, granted(host, label));
      opened = (opened + 1) >>> 0;
      open.set(opened, store);
      return opened;
    },
    close: (number: number) => {
      open.get(number)?.[Symbol.dispose]();
      open.delete(number);
    },
    get: async (number: number, key: string) => {
      const value = await inFirstWords(storeOf(number).get(key));
      if (value === undefined) throw new WitError<FirstError>({ tag: 'no-such-key' });
      return value;
    },
    set: async (number: number, key: string, value: Uint8Array) => inFirstWords(storeOf(number).set(key, value)),
    delete: async (number: number, key: string) => inFirstWords(storeOf(number).delete(key)),
    exists: async (number: number, key: string) => inFirstWords(storeOf(number).exists(key)),
    getKeys: async (number: number) => inFirstWords(storeOf(number).getKeys()),
  };
}

async function inFirstWords<T>(answer: Promise<T>): Promise<T> {
  try {
    return await answer;
  } catch (thrown) {
    if (!(thrown instanceof WitError)) throw thrown;
    const error = thrown.payload as StoreError; // a Bucket throws no other
    throw error.tag === 'other' ? new WitError<FirstError>({ tag: 'io', val: error.val }) : thrown;
  }
}

function granted(host: GuestHost, label: string): string {
  if (!host.grants.keyvalue.includes(label)) throw accessDenied();
  return label;
}
