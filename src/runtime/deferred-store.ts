import type { SharedChanged, SharedEntry, SharedStore } from '../trigger/shared-store.ts';
import type { Deferred } from './unless-away.ts';

/**
 * One store of the manifest. It is opened at the start or, if its broker is away then, at its first use. A store that is away must not delay
 * triggers that don't need it.
 */
export class DeferredStore implements SharedStore, Deferred {
  readonly name: string;
  readonly #open: (signal: AbortSignal) => Promise<SharedStore>;
  readonly #closing = new AbortController();
  #opening: Promise<SharedStore> | undefined;
  #store: SharedStore | undefined;

  constructor(name: string, open: (signal: AbortSignal) => Promise<SharedStore>) {
    this.name = name;
    this.#open = open;
  }

  /** Opens it if it is not open. Rejects with the SluiceError of the adapter; may be called again. */
  async open(): Promise<SharedStore> {
    if (this.#store !== undefined) return this.#store;
    this.#opening ??= this.#open(this.#closing.signal).finally(() => (this.#opening = undefined));
    this.#store = await this.#opening;
    return this.#store;
  }

  async get(key: string): Promise<SharedEntry | undefined> {
    return (await this.open()).get(key);
  }

  async put(key: string, value: Uint8Array, expected?: number): Promise<number | undefined> {
    return (await this.open()).put(key, value, expected);
  }

  async delete(key: string, expected?: number): Promise<boolean> {
    return (await this.open()).delete(key, expected);
  }

  async keys(prefix: string): Promise<readonly string[]> {
    return (await this.open()).keys(prefix);
  }

  async watch(prefix: string, changed: SharedChanged, signal: AbortSignal): Promise<void> {
    await (await this.open()).watch(prefix, changed, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#opening?.catch(() => {}); // the caller of open() got the error
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = undefined;
  }
}
