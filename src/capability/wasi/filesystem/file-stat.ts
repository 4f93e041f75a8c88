import type { BigIntStats, Dirent } from 'node:fs';
import type { Datetime } from '../clocks.ts';

export type DescriptorType =
  | 'unknown'
  | 'block-device'
  | 'character-device'
  | 'directory'
  | 'fifo'
  | 'symbolic-link'
  | 'regular-file'
  | 'socket';

/** `descriptor-stat` of wasi:filesystem/types. */
export interface DescriptorStat {
  readonly type: DescriptorType;
  readonly linkCount: bigint;
  readonly size: bigint;
  readonly dataAccessTimestamp: Datetime;
  readonly dataModificationTimestamp: Datetime;
  readonly statusChangeTimestamp: Datetime;
}

/** `metadata-hash-value`: equal for two descriptors of the same file. */
export interface MetadataHash {
  readonly lower: bigint;
  readonly upper: bigint;
}

/** `new-timestamp`: the new value of a time. */
export type NewTimestamp =
  | { readonly tag: 'no-change' }
  | { readonly tag: 'now' }
  | { readonly tag: 'timestamp'; readonly val: Datetime };

export function typeOf(entry: BigIntStats | Dirent): DescriptorType {
  if (entry.isFile()) return 'regular-file';
  if (entry.isDirectory()) return 'directory';
  if (entry.isSymbolicLink()) return 'symbolic-link';
  if (entry.isFIFO()) return 'fifo';
  if (entry.isSocket()) return 'socket';
  if (entry.isCharacterDevice()) return 'character-device';
  return entry.isBlockDevice() ? 'block-device' : 'unknown';
}

export function statOf(stats: BigIntStats): DescriptorStat {
  return {
    type: typeOf(stats),
    linkCount: stats.nlink,
    size: stats.size,
    dataAccessTimestamp: datetime(stats.atimeNs),
    dataModificationTimestamp: datetime(stats.mtimeNs),
    statusChangeTimestamp: datetime(stats.ctimeNs),
  };
}

export function hashOf(stats: BigIntStats): MetadataHash {
  return { lower: BigInt.asUintN(64, stats.ino), upper: BigInt.asUintN(64, stats.dev) };
}

const NS_PER_S = 1_000_000_000n;

function datetime(ns: bigint): Datetime {
  // The type can't express times before 1970.
  const since = ns < 0n ? 0n : ns;
  return { seconds: since / NS_PER_S, nanoseconds: Number(since % NS_PER_S) };
}

/** Seconds since 1970 as Node's `utimes` takes them. */
export function secondsOf(time: NewTimestamp, unchangedNs: bigint): number {
  switch (time.tag) {
    case 'no-change':
      return Number(unchangedNs) / 1e9;
    case 'now':
      return Date.now() / 1000;
    case 'timestamp':
      return Number(time.val.seconds) + time.val.nanoseconds / 1e9;
  }
}
