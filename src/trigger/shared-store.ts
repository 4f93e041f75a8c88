/** Keys with this prefix are Sluice's own: components can't reach them. */
export const OWN_KEYS = 'sluice.';

/** A value of a shared store. */
export interface SharedEntry {
  readonly value: Uint8Array;
  /** Grows with every change of the key, never used twice. Writes with a stale revision are rejected, which fences holders that stalled. */
  readonly revision: number;
}

/**
 * A small key-value store on a broker, shared by replicas on any machines: leases and what else they must agree on, and the store behind
 * wasi:keyvalue. Keys are any text; values up to what the broker takes in a message.
 *
 * Every promise is for what the broker has confirmed. Methods reject with a SluiceError; a transient one leaves it open whether a change was
 * made.
 */
export interface SharedStore extends AsyncDisposable {
  /** As the last confirmed change left it. */
  get(key: string): Promise<SharedEntry | undefined>;
  /**
   * Resolves with the new revision when it is stored. With `expected`, only if the key still has that revision, 0 meaning that it has no
   * value; else with `undefined`, and nothing is changed.
   */
  put(key: string, value: Uint8Array, expected?: number): Promise<number | undefined>;
  /** `false`: the key has another revision than `expected`, and nothing is changed. A key without a value is deleted already. */
  delete(key: string, expected?: number): Promise<boolean>;
  /** All keys that begin with `prefix`, in no order. */
  keys(prefix: string): Promise<readonly string[]>;
  /**
   * Calls `changed` with every entry whose key begins with `prefix`, then with every change; `undefined` is a deletion. Resolves when all present
   * entries were reported, and goes on until `signal` is aborted. After an outage, all entries are reported again.
   */
  watch(prefix: string, changed: SharedChanged, signal: AbortSignal): Promise<void>;
}

export type SharedChanged = (key: string, entry: SharedEntry | undefined) => void;
