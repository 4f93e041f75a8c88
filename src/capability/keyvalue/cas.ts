import { HostResource } from '../host-resource.ts';
import { WitError } from '../wit-error.ts';
import type { Bucket } from './bucket.ts';
import { checkedValue } from './limits.ts';

/** Of one instance: each keeps a value. */
const MOST_HANDLES = 16;

/**
 * `cas` of wasi:keyvalue/atomics@0.2.0-draft2: a value as it was seen, to be replaced only while it is the same. Values are compared, so
 * one that was changed and changed back counts as the same.
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

  /** The value now, which is from now on the one that must not have changed. */
  async current(): Promise<Uint8Array | undefined> {
    this.#seen = await this.#bucket.get(this.#key);
    return this.#seen;
  }

  /** Uses `cas` up. When the value has changed, a new one comes with the error. */
  static async swap(cas: Cas, value: Uint8Array): Promise<void> {
    cas[Symbol.dispose]();
    const fresh = await cas.#swap(value).catch((thrown: unknown) => {
      throw thrown instanceof WitError ? new WitError({ tag: 'store-error', val: thrown.payload }) : thrown;
    });
    if (fresh !== undefined) throw new WitError({ tag: 'cas-failed', val: fresh });
  }

  /** A new handle when it did not succeed. */
  async #swap(value: Uint8Array): Promise<Cas | undefined> {
    const swapped = await this.#bucket.ask('swap', this.#key, this.#seen, checkedValue(value));
    return swapped ? undefined : Cas.new(this.#bucket, this.#key);
  }
}
