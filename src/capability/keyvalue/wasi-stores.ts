import { type GuestHost, WitError } from '../capability.ts';
import { reasonOf } from '../../errors.ts';
import { HostResource } from '../host-resource.ts';
import { checkedKey, checkedValue, otherError } from './limits.ts';
import type { Operations } from './operations.ts';

/** How one version of the package encodes where the next page of keys begins. */
export interface Cursors {
  read(cursor: unknown): number;
  write(cursor: number): unknown;
}

/** `0.2.0-draft`: a u64. */
export const numbers: Cursors = {
  read: Number,
  write: BigInt,
};

/** `0.2.0-draft2`: a string. */
export const texts: Cursors = {
  read: (cursor) => {
    if (typeof cursor !== 'string' || !/^\d{1,15}$/.test(cursor))
      throw otherError('the cursor is not one of this store');
    return Number(cursor);
  },
  write: String,
};

/** `bucket` of wasi:keyvalue/store: a granted store, as a guest holds it. */
export class Bucket extends HostResource {
  readonly #store: string;
  readonly #cursors: Cursors;

  constructor(host: GuestHost, store: string, cursors: Cursors) {
    super(host);
    this.#store = store;
    this.#cursors = cursors;
  }

  async get(key: string): Promise<Uint8Array | undefined> {
    return this.ask('get', checkedKey(key));
  }

  async set(key: string, value: Uint8Array): Promise<void> {
    return this.ask('change', [[checkedKey(key), checkedValue(value)]]);
  }

  async delete(key: string): Promise<void> {
    return this.ask('change', [[checkedKey(key), undefined]]);
  }

  async exists(key: string): Promise<boolean> {
    return this.ask('exists', checkedKey(key));
  }

  async listKeys(cursor: unknown): Promise<{ readonly keys: readonly string[]; readonly cursor: unknown }> {
    const page = await this.ask('list', cursor === undefined ? 0 : this.#cursors.read(cursor));
    return { keys: page.keys, cursor: page.cursor === undefined ? undefined : this.#cursors.write(page.cursor) };
  }

  /** Asks the main thread. A rejection becomes the store's `other` error. */
  async ask<M extends keyof Operations>(method: M, ...args: Operations[M]['args']): Promise<Operations[M]['answer']> {
    try {
      // The main thread's half implements the same operations.
      return (await this.host.request(method, [this.#store, ...args])) as Operations[M]['answer'];
    } catch (thrown) {
      throw otherError(reasonOf(thrown));
    }
  }
}

/** Of one instance: each keeps a value. */
const MOST_HANDLES = 16;

/**
 * `cas` of wasi:keyvalue/atomics@0.2.0-draft2: a value that was read, to be replaced only if it is still the same. Values are compared, so a value
 * that was changed and changed back counts as the same.
 */
export class Cas extends HostResource {
  readonly #bucket: Bucket;
  readonly #key: string;
  #seen: Uint8Array | undefined;

  private constructor(bucket: Bucket, key: string, seen: Uint8Array | undefined) {
    super(bucket.host, MOST_HANDLES);
    this.#bucket = bucket;
    this.#key = key;
    this.#seen = seen;
  }

  static async new(bucket: Bucket, key: string): Promise<Cas> {
    return new Cas(bucket, key, await bucket.get(key));
  }

  /** Reads the current value; from now on, the swap compares with this one. */
  async current(): Promise<Uint8Array | undefined> {
    this.#seen = await this.#bucket.get(this.#key);
    return this.#seen;
  }

  /** Consumes `cas`. If the value has changed, the error carries a new one. */
  static async swap(cas: Cas, value: Uint8Array): Promise<void> {
    cas[Symbol.dispose]();
    const fresh = await cas.#swap(value).catch((thrown: unknown) => {
      throw thrown instanceof WitError ? new WitError({ tag: 'store-error', val: thrown.payload }) : thrown;
    });
    if (fresh !== undefined) throw new WitError({ tag: 'cas-failed', val: fresh });
  }

  /** Carries a new handle if the swap failed. */
  async #swap(value: Uint8Array): Promise<Cas | undefined> {
    const swapped = await this.#bucket.ask('swap', this.#key, this.#seen, checkedValue(value));
    return swapped ? undefined : Cas.new(this.#bucket, this.#key);
  }
}
