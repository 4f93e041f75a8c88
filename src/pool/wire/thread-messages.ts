import type { GuestLog, Grants } from '../../capability/capability.ts';
import type { Component } from '../../component/component.ts';

/** Memory that a thread and main share. */
export interface SharedMemories {
  /** Of the RunningMark. */
  readonly running: SharedArrayBuffer;
  /** Of the Claims and Revocations. */
  readonly claims: SharedArrayBuffer;
  /** Of an OutcomeWriter: outcomes that were not reported yet. */
  readonly outcomes: SharedArrayBuffer;
  /** Of the BlackBox. */
  readonly blackBox: SharedArrayBuffer;
}

/** What a thread is started with. */
export interface ThreadStart extends SharedMemories {
  readonly component: Component;
  readonly grants: Grants;
  /** Instances that may exist in this thread; also the calls that may be suspended at once. */
  readonly instances: number;
  readonly maxCalls: number;
  readonly isolation: 'shared' | 'fresh';
  readonly outputBytes: number;
}

/** From main to a thread. */
export type ToThread =
  | { readonly kind: 'events'; readonly buffer: ArrayBuffer }
  /** Confirms a large report, with this many bytes of outcomes. */
  | { readonly kind: 'heard'; readonly bytes: number }
  | ServiceAnswer;

const LARGE_BYTES = 64 * 1024;

/** Whether main must confirm these outcomes: a thread that sends many of them could fill the process before main can stop it. */
export function isLarge({ byteLength }: ArrayBuffer): boolean {
  return byteLength > LARGE_BYTES;
}

/** The answer to `request`. */
export type ServiceAnswer =
  | { readonly kind: 'reply'; readonly request: number; readonly value: unknown }
  | { readonly kind: 'refusal'; readonly request: number; readonly reason: string };

/** From a thread to main. */
export type FromThread =
  /** An instance could be made. */
  | { readonly kind: 'ready' }
  /** No instance could be made: the thread can't be used. */
  | { readonly kind: 'unfit'; readonly reason: string }
  | ThreadReport
  | {
      readonly kind: 'request';
      readonly request: number;
      /** Number of the call on whose behalf it is; 0 for none. */
      readonly call: number;
      readonly capability: string;
      readonly method: string;
      readonly args: readonly unknown[];
    };

/** What happened in a thread since the last report. */
export interface ThreadReport {
  readonly kind: 'report';
  /** Packed outcomes. */
  readonly outcomes: ArrayBuffer;
  /** Of these calls or of ones that still run; to be delivered before the outcomes. */
  readonly logs: readonly CallLog[];
  /** Event batches that are no longer needed. */
  readonly spare: readonly ArrayBuffer[];
  /** How many outcomes these are. */
  readonly events: number;
  /** Milliseconds that guests were at work for these outcomes; that of a batch call counts once. */
  readonly guestMs: number;
  /** Instances that exist in the thread now. */
  readonly instances: number;
}

/** A line that a guest wrote, and during which call. */
export interface CallLog {
  /** Number of the call. */
  readonly call: number;
  readonly record: GuestLog;
}
