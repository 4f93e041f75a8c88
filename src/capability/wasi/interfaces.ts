import type { GuestHost } from '../capability.ts';

/** Interfaces by their name without version, each made for one instance as jco's generated code wants it. */
export type Interfaces = Readonly<Record<`wasi:${string}/${string}`, (host: GuestHost) => object>>;
