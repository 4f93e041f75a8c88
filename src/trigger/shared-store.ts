/** Keys with this prefix are Sluice's own: components can't reach them. */
export const OWN_KEYS = 'sluice.';

/** A value of a shared store. */
export interface SharedEntry {
  readonly value: Uint8Array;
  /** Grows with every change of the key and is never reused. Writes with a stale revision are rejected, which fences stalled holders. */
  readonly revision: number;
}

/**
 * A small key-value store on a broker, shared by replicas on any machines. It holds leases and other data on which they must agree, and serves
 * wasi:keyvalue. Keys are any text; values may be as large as the broker's messages.
 *
 * Every promise concerns confirmed changes. Methods reject with a SluiceError; after a transient one, the change may or may not have been made.
 */
export interface SharedStore extends AsyncDisposable {
  /** The entry after the last confirmed change. */
  get(key: string): Promise<SharedEntry | undefined>;
  /**
   * Resolves with the new revision when the value is stored. With `expected`, it is stored only if the key still has that revision (0: no value);
   * otherwise resolves with `undefined` and changes nothing.
   */
  put(key: string, value: Uint8Array, expected?: number): Promise<number | undefined>;
  /** `false`: the key has another revision than `expected`, and nothing is changed. A key without a value is deleted already. */
  delete(key: string, expected?: number): Promise<boolean>;
  /** All keys that begin with `prefix`, in no order. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Calls `changed` with every entry whose key begins with `prefix`, then with every change; `undefined` is a deletion. Resolves when all present
   * entries were reported, and continues until `signal` is aborted. After an outage, all entries are reported again.
   */
  watch(prefix: string, changed: SharedChanged, signal: AbortSignal): Promise<void>;
}

export type SharedChanged = (key: string, entry: SharedEntry | undefined) => void;
