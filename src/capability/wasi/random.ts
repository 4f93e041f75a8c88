import { randomFillSync } from 'node:crypto';
import type { Interfaces } from '../capability.ts';

/** The most bytes of one call: the host allocates them before the guest's memory limit applies. Toolchains request some hundred. */
const MOST_BYTES = 2n ** 20n;

/** The insecure interfaces get the same randomness as the secure one. */
export const random: Interfaces = {
  'wasi:random/random': () => ({ getRandomBytes: randomBytes, getRandomU64: randomU64 }),
  'wasi:random/insecure': () => ({ getInsecureRandomBytes: randomBytes, getInsecureRandomU64: randomU64 }),
  'wasi:random/insecure-seed': () => ({ insecureSeed: () => [randomU64(), randomU64()] }),
};

function randomBytes(length: bigint): Uint8Array {
  if (length > MOST_BYTES) throw new Error(`at most ${MOST_BYTES} random bytes may be requested, got ${length}`);
  return randomFillSync(new Uint8Array(Number(length)));
}

const word = new BigUint64Array(1);

function randomU64(): bigint {
  const [value = 0n] = randomFillSync(word);
  return value;
}
