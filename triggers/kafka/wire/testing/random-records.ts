import type { KafkaHeader } from '../kafka-record.ts';
import type { UnwrittenRecord } from '../record-batch-writer.ts';

/** Uniform in [0, 1), the same for the same seed (mulberry32). */
export type Random = () => number;

export function seeded(seed: number): Random {
  let state = seed >>> 0;
  return () => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), state | 1);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61);
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32;
  };
}

/** One to twenty records with whatever the format allows: nulls, empty and long bytes, repeated and empty header names, any time. */
export function randomRecords(random: Random): readonly Required<UnwrittenRecord>[] {
  return Array.from({ length: 1 + below(random, 20) }, () => ({
    key: nullableBytes(random, 40),
    value: nullableBytes(random, random() < 0.02 ? 200_000 : 300),
    headers: Array.from({ length: below(random, 5) }, () => header(random)),
    timestamp: below(random, 2 ** below(random, 50)),
  }));
}

export function below(random: Random, limit: number): number {
  return Math.floor(random() * limit);
}

export function bytes(random: Random, size: number): Uint8Array {
  return Uint8Array.from({ length: size }, () => below(random, 256));
}

function nullableBytes(random: Random, limit: number): Uint8Array | null {
  if (random() < 0.2) return null;
  // Repetitions, so that there is something to compress.
  const pattern = bytes(random, 1 + below(random, 20));
  return Uint8Array.from({ length: below(random, limit) }, (_, at) => pattern[at % pattern.length]!);
}

function header(random: Random): KafkaHeader {
  const name = ['', 'a', 'trace', 'Grüße 🌊', 'n'.repeat(200)][below(random, 5)]!;
  return [name, nullableBytes(random, 30)];
}
