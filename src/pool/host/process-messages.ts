import type { RunningCalls } from '../wire/running-mark.ts';
import type { CallLog, ThreadReport } from '../wire/thread-messages.ts';
import type { HostStart } from './host.ts';

// The heads of frames; the body of `events`, `report` and `last` is a packed batch.

/** What a child process is started with. Core modules can't be posted between processes: it compiles their bytes. */
export interface ProcessStart extends Omit<HostStart, 'component'> {
  readonly component: Omit<HostStart['component'], 'modules' | 'wasm'>;
  readonly wasm: ReadonlyMap<string, Uint8Array>;
}

/** From the pool to its child. */
export type ToChild =
  | { readonly kind: 'start'; readonly start: ProcessStart }
  | { readonly kind: 'events' }
  | { readonly kind: 'heard'; readonly bytes: number }
  | { readonly kind: 'reply'; readonly request: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly request: number; readonly reason: string }
  /** What was not begun is taken back; `revoked` answers it. */
  | { readonly kind: 'revoke' }
  /** It is about to be killed: `last` answers it. */
  | { readonly kind: 'end' };

/** From the child to its pool. */
export type FromChild =
  | { readonly kind: 'ready' }
  | { readonly kind: 'unfit'; readonly reason: string }
  | (Omit<ThreadReport, 'outcomes' | 'spare'> & { readonly kind: 'report' })
  | {
      readonly kind: 'request';
      readonly request: number;
      readonly call: number;
      readonly capability: string;
      readonly method: string;
      readonly args: readonly unknown[];
    }
  | { readonly kind: 'revoked'; readonly lastBegun: number }
  | { readonly kind: 'overdue'; readonly first: number }
  | { readonly kind: 'stuck' }
  /** What the thread in it could not report. `thrown`: why it ended, if it was not told to. */
  | {
      readonly kind: 'last';
      readonly running: RunningCalls | undefined;
      readonly logs: readonly CallLog[];
      readonly thrown: { readonly reason: string; readonly outOfHeap: boolean } | undefined;
    };
