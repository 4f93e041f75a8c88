import type { Grants } from '../../src/capability/capability.ts';
import type { ErrorCode } from '../../src/errors.ts';
import type { OutcomeKind, TrapCause } from '../../src/outcome.ts';
import type { PoolOptions } from '../../src/pool/pool.ts';
import { buildHostileFile } from './build-hostile.ts';

/** How the call of a hostile guest must end, or the code with which its component is refused. */
export type Expected =
  | { readonly kind: 'trapped'; readonly cause: TrapCause; readonly reason?: RegExp }
  | { readonly kind: Exclude<OutcomeKind, 'trapped'> }
  | { readonly refused: ErrorCode };

/** A guest of one behaviour, and what must become of it. */
export interface Case {
  /** What the guest does. */
  readonly name: string;
  /** Default: `guests/NAME.wat`. */
  readonly guest?: () => Promise<string>;
  readonly expected: Expected;
  /** Of `guards.ts`: what stops it. Without any one of them, a case that names it fails. Empty: V8 does it. */
  readonly guards: readonly string[];
  /** Default: 64 MiB. */
  readonly memoryBytes?: number;
  /** Of a call in milliseconds. Default: 20,000, which nothing here comes near. */
  readonly timeoutMs?: number;
  /** Default: none. Folders are made anew for each run of a case. */
  readonly grants?: (folder: string) => Partial<Grants>;
  readonly pool?: Partial<PoolOptions>;
  /** What the process may hold meanwhile, in MiB beyond what it held before. Default: 640. */
  readonly mostMiB?: number;
}

const trapped = (cause: TrapCause, reason?: RegExp): Expected => ({
  kind: 'trapped',
  cause,
  ...(reason !== undefined && { reason }),
});

/** Every hostile guest. A new one is a line here and a file in `guests/`. */
export const cases: readonly Case[] = [
  { name: 'unreachable', expected: trapped('trap'), guards: [] },
  { name: 'recursion', expected: trapped('trap'), guards: [] },
  { name: 'grows', expected: trapped('memory'), guards: ['memory maximums'] },
  { name: 'spins', expected: { kind: 'timed-out' }, guards: ['watchdog'], timeoutMs: 200 },
];

/** The component of a case. */
export function componentOf({ name, guest }: Case): Promise<string> {
  return guest?.() ?? buildHostileFile(name);
}
