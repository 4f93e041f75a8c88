/** A page of keys; `cursor` is absent on the last one. */
export interface KeyPage {
  readonly keys: readonly string[];
  readonly cursor?: number;
}

/** The new value of a key; `undefined` deletes it. */
export type Change = readonly [key: string, value: Uint8Array | undefined];

/** The range of a counter. */
export type CounterType = 'u64' | 's64';

/** The operations that the guest's half requests of main: their arguments after the store's name, and their answers. */
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
  /** Sets `value` if the key still has the value `expected`. Resolves to whether it did. */
  swap: { args: [key: string, expected: Uint8Array | undefined, value: Uint8Array]; answer: boolean };
}

/** Each operation is atomic, and durable when it resolves. It rejects with an Error whose message is for the guest. */
export type KeyValueOperations = {
  readonly [M in keyof Operations]: (store: string, ...args: Operations[M]['args']) => Promise<Operations[M]['answer']>;
};

const ranges: Readonly<Record<CounterType, { readonly min: bigint; readonly max: bigint }>> = {
  u64: { min: 0n, max: 2n ** 64n - 1n },
  s64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
};

/**
 * The value of a counter after adding `delta`. It is stored as decimal text, as in Redis, so guests and people can read it. A missing key counts as
 * 0. Throws if the key holds anything else, or if the sum is out of range.
 */
export function counted(key: string, value: Uint8Array | undefined, delta: bigint, type: CounterType): bigint {
  const text = value === undefined ? '0' : Buffer.from(value).toString('latin1');
  if (!/^-?\d{1,20}$/.test(text))
    throw new Error(`the key '${key}' holds no decimal number, so nothing can be added to it`);
  const { min, max } = ranges[type];
  const sum = BigInt(text) + delta;
  if (sum < min || sum > max) throw new Error(`the key '${key}' would be ${sum}, which is out of range of a ${type}`);
  return sum;
}

/** A missing value equals only a missing value. */
export function sameValue(one: Uint8Array | undefined, other: Uint8Array | undefined): boolean {
  if (one === undefined || other === undefined) return one === other;
  return Buffer.compare(one, other) === 0;
}
