import type { CallLog, FromThread, ServiceAnswer, ThreadStart } from '../wire/thread-messages.ts';
import type { RunningCalls } from '../wire/running-mark.ts';

/** A pool of threads in this process, or of child processes with one thread each. */
export type HostKind = 'thread' | 'process';

/** What guests are started with; each kind of host adds its own. */
export type HostStart = Pick<
  ThreadStart,
  'component' | 'grants' | 'instances' | 'maxCalls' | 'isolation' | 'outputBytes'
>;

/** Where the guests of one thread run, as main uses it: a worker thread of this process, or a child process with one. */
export interface Host {
  /** A batch of which `bytes` are in use; the host has the buffer from then on. */
  give(batch: { readonly buffer: ArrayBuffer; readonly bytes: number }): void;
  /** Confirms a report with this many bytes of outcomes: see `isLarge`. */
  heard(bytes: number): void;
  /** The answer to a request. */
  answer(message: ServiceAnswer): void;
  /** Revocations so far, to be packed into each batch. */
  readonly revocations: number;
  /** Takes back calls that were not begun. `then` gets the number of the last call that was, at once or soon; never if the host ends first. */
  revoke(then: (lastBegun: number) => void): void;
  /** The call that has its guest on the stack at this moment, as far as the host can tell. */
  running(nowMs: number): RunningCalls | undefined;
  /** Whether one guest has been on the stack for so long that the calls behind it had better go to another thread. */
  readonly stuck: boolean;
  /** Ends it, whatever its guest does; `ended` follows, unless it can't be ended. Idempotent. */
  end(): void;
  /** What it has not reported yet, as far as this process knows. */
  lastWords(): LastWords;
  /** What it may hold beside its instances until it has ended, in bytes. */
  readonly ownBytes: number;
}

/** What a host reports. */
export interface HostListener {
  heard(message: FromThread): void;
  /** The guest of this call, the first of those that share it, is on the stack past its deadline. */
  overdue(first: number): void;
  /** It holds more memory than its budget. */
  overBudget(heldBytes: number): void;
  /**
   * The process that it shares with others grew by more than the budget while this call, the first of those that share it, had its guest on
   * the stack. `alone`: no other guest ran meanwhile.
   */
  grewOverBudget(grownBytes: number, first: number, alone: boolean): void;
  /** It sent an invalid message: it can't be trusted any more. */
  broken(reason: string): void;
  /** It has ended; nothing follows. */
  ended(end: HostEnd): void;
}

/** How a host ended. */
export interface HostEnd {
  /** The error, unless it was ended by `end`. */
  readonly thrown: unknown;
  readonly left: LastWords;
}

/** What a thread could not report. */
export interface LastWords {
  readonly running: RunningCalls | undefined;
  readonly outcomes: ArrayBuffer | SharedArrayBuffer | undefined;
  readonly logs: readonly CallLog[];
}
