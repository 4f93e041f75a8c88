import type { Interfaces } from '../capability.ts';
import { monotonicNs, Pollable } from './pollable.ts';

/** Seconds and nanoseconds since 1970. */
export interface Datetime {
  readonly seconds: bigint;
  readonly nanoseconds: number;
}

const NS_PER_MS = 1_000_000;

export const clocks: Interfaces = {
  'wasi:clocks/monotonic-clock': (host) => ({
    now: monotonicNs,
    resolution: () => 1n,
    subscribeInstant: (due: bigint) => new Pollable(host, due),
    subscribeDuration: (ns: bigint) => new Pollable(host, monotonicNs() + ns),
  }),
  'wasi:clocks/wall-clock': () => ({
    now: wallClock,
    resolution: (): Datetime => ({ seconds: 0n, nanoseconds: NS_PER_MS }),
  }),
};

function wallClock(): Datetime {
  const ms = Date.now();
  return { seconds: BigInt(Math.floor(ms / 1000)), nanoseconds: (ms % 1000) * NS_PER_MS };
}
