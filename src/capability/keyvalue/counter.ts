import type { CounterType } from './operations.ts';

const ranges: Readonly<Record<CounterType, { readonly min: bigint; readonly max: bigint }>> = {
  u64: { min: 0n, max: 2n ** 64n - 1n },
  s64: { min: -(2n ** 63n), max: 2n ** 63n - 1n },
};

/**
 * What becomes of a counter that `delta` is added to. It is kept as decimal text, as Redis keeps its own: guests that get it can read it,
 * and so can people. A key that is not there counts as 0. Throws when it holds something else, or the sum is out of range.
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
