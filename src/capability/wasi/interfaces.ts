import type { GuestHost } from '../capability.ts';

/** Interfaces of one package by their name without version, each made for one instance as jco's generated code wants it. */
export type Interfaces = Readonly<Record<string, (host: GuestHost) => object>>;
