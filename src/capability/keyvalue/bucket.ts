import type { GuestHost } from '../capability.ts';
import { reasonOf } from '../../errors.ts';
import { HostResource } from '../host-resource.ts';
import type { Cursors } from './cursors.ts';
import { checkedKey, checkedValue } from './limits.ts';
import type { Operations } from './operations.ts';
import { otherError } from './store-error.ts';

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

  /** Asks the main thread; what that refuses is the store's `other` error. */
  async ask<M extends keyof Operations>(method: M, ...args: Operations[M]['args']): Promise<Operations[M]['answer']> {
    try {
      // The main thread's half implements the same operations.
      return (await this.host.request(method, [this.#store, ...args])) as Operations[M]['answer'];
    } catch (thrown) {
      throw otherError(reasonOf(thrown));
    }
  }
}
