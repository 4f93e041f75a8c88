import { limitsIn, PAGE_BYTES } from './core/core-limits.ts';
import type { KnownContract } from './known-contract.ts';
import type { CachedTranspiled } from './transpile/transpile-once.ts';
import { coreModulesOf } from './transpile/transpile-plan.ts';

/**
 * Resetting an instance reads all of its memory: 40 us for 1 MiB, 1 ms for 10 MiB (measured). A new instance takes 0.1 ms with little start
 * code, and 3 ms with that of QuickJS, whose memory is 1.4 MiB.
 */
const MOST_BYTES = 4 * 2 ** 20;

/** Why instances of a component that is called through that contract can't be reset between events. `undefined`: they can. Throws MalformedWasm. */
export function whyNotReset(transpiled: CachedTranspiled, contract?: KnownContract): string | undefined {
  if (contract?.lends === true) return 'its contract hands it resources';
  if (transpiled.suspends) return 'its calls may wait for an import';
  if (transpiled.lasting !== undefined) return transpiled.lasting;
  let pages = 0n;
  for (const { bytes, instances } of coreModulesOf(transpiled).values()) {
    const memories = limitsIn(bytes).filter(({ kind }) => kind === 'memory');
    for (const { min } of memories) pages += min * BigInt(instances);
  }
  const bytes = Number(pages) * PAGE_BYTES;
  return bytes > MOST_BYTES ? `its memory starts with ${bytes / 1024} KiB, more than ${MOST_BYTES / 1024}` : undefined;
}
