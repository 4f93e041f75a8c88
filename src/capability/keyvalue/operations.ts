/** A page of keys; `cursor` is absent on the last one. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: number;
}

/** What a key is to become; `undefined` deletes it. */
export type Change = readonly [key: string, value: Uint8Array | undefined];

/** What a counter may hold. */
export type CounterType = 'u64' | 's64';

/** What the guest's half asks of the main thread's half: arguments, after the store's name, and answer. */
export interface Operations {
  get: { args: [key: string]; answer: Uint8Array | undefined };
  /** In the order of the keys. */
  getMany: { args: [keys: readonly string[]]; answer: readonly (Uint8Array | undefined)[] };
  exists: { args: [key: string]; answer: boolean };
  /** All of them, or none. */
  change: { args: [changes: readonly Change[]]; answer: void };
  /** The keys after `cursor`. */
  list: { args: [cursor: number]; answer: KeyPage };
  /** The sum. */
  increment: { args: [key: string, delta: bigint, type: CounterType]; answer: bigint };
  /** Sets `value` unless the key has another value than `expected`; whether it did. */
  swap: { args: [key: string, expected: Uint8Array | undefined, value: Uint8Array]; answer: boolean };
}

/** Each is atomic, and has happened durably when it resolves. Rejects with an Error whose message is for the guest. */
export type KeyValueOperations = {
  readonly [M in keyof Operations]: (store: string, ...args: Operations[M]['args']) => Promise<Operations[M]['answer']>;
};
