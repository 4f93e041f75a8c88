import { createHash } from 'node:crypto';

/**
 * How much later than its time a slot runs: less than `jitterMs`, spread evenly, and always the same for one slot of one trigger, so that
 * replicas agree without talking.
 */
export function jitterOf(trigger: string, slot: number, jitterMs: number): number {
  if (jitterMs === 0) return 0;
  const hash = createHash('sha256').update(`${trigger}@${slot}`).digest();
  return Math.floor((hash.readUIntBE(0, 6) / 2 ** 48) * jitterMs);
}
