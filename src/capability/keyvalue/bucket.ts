import type { GuestHost } from '../capability.ts';
import { reasonOf } from '../../errors.ts';
import { HostResource } from '../host-resource.ts';
import { WitError } from '../wit-error.ts';
import type { Cursors } from './cursors.ts';
import { checkedKey, checkedValue } from './limits.ts';
import type { KeyValueOperations } from './operations.ts';

/** `error` of wasi:keyvalue/store. */
export type StoreError =
  | { readonly tag: 'no-such-store' }
  | { readonly tag: 'access-denied' }
  | { readonly tag: 'other'; readonly val: string };

type Method = keyof KeyValueOperations;
type Rest<M extends Method> = Parameters<KeyValueOperations[M]> extends [string, ...infer Args] ? Args : never;

/** `bucket` of wasi:keyvalue/store: a granted store, as a guest holds it. */
export class Bucket extends HostResource {
  readonly #store: string;
  readonly #cursors: Cursors;

  constructor(host: GuestHost, store: string, cursors: Cursors) {
    super(host);
    this.#store = store;
    this.#cursors = cursors;
  }

  get(key: string): Promise<Uint8Array | undefined> {
    return this.ask('get', () => [checkedKey(key)]);
  }

  set(key: string, value: Uint8Array): Promise<void> {
    return this.ask('change', () => [[[checkedKey(key), checkedValue(value)]]]);
  }

  delete(key: string): Promise<void> {
    return this.ask('change', () => [[[checkedKey(key), undefined]]]);
  }

  exists(key: string): Promise<boolean> {
    return this.ask('exists', () => [checkedKey(key)]);
  }

  async listKeys(cursor: unknown): Promise<{ readonly keys: readonly string[]; readonly cursor: unknown }> {
    const page = await this.ask('list', () => [cursor === undefined ? 0 : this.#cursors.read(cursor)]);
    return { keys: page.keys, cursor: page.cursor === undefined ? undefined : this.#cursors.write(page.cursor) };
  }

  /** Asks the main thread. What `args` throws, or the main thread refuses, is the store's `other` error. */
  async ask<M extends Method>(method: M, args: () => Rest<M>): Promise<Awaited<ReturnType<KeyValueOperations[M]>>> {
    try {
      const answer = await this.host.request(method, [this.#store, ...args()]);
      // The main thread's half implements the same operations.
      return answer as Awaited<ReturnType<KeyValueOperations[M]>>;
    } catch (thrown) {
      throw new WitError<StoreError>({ tag: 'other', val: reasonOf(thrown) });
    }
  }
}
