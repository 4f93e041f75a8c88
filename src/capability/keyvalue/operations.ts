/** A page of keys; `cursor` is absent on the last one. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: number;
}

/** `u64` or `s64`: what a counter may hold. */
export type CounterType = 'u64' | 's64';

/** What the guest's half asks of the main thread's half. Each is atomic, and has happened durably when it resolves. */
export interface KeyValueOperations {
  get(store: string, key: string): Promise<Uint8Array | undefined>;
  /** In the order of `keys`. */
  getMany(store: string, keys: readonly string[]): Promise<readonly (Uint8Array | undefined)[]>;
  exists(store: string, key: string): Promise<boolean>;
  /** Changes all of them, or none: `undefined` deletes. */
  change(store: string, changes: readonly (readonly [key: string, value: Uint8Array | undefined])[]): Promise<void>;
  /** The keys after `cursor`. */
  list(store: string, cursor: number): Promise<KeyPage>;
  /** The sum. */
  increment(store: string, key: string, delta: bigint, type: CounterType): Promise<bigint>;
  /** Sets `value` unless the key has another value than `expected`; whether it did. */
  swap(store: string, key: string, expected: Uint8Array | undefined, value: Uint8Array): Promise<boolean>;
}
