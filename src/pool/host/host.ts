import type { CallLog, FromThread, ServiceAnswer, ThreadStart } from '../wire/thread-messages.ts';
import type { RunningCalls } from '../wire/running-mark.ts';

/** A pool of threads in this process, or of child processes with one thread each. */
export type HostKind = 'thread' | 'process';

/** What guests are started with; each kind of host adds what it shares with them. */
export type HostStart = Pick<
  ThreadStart,
  'component' | 'grants' | 'instances' | 'maxCalls' | 'isolation' | 'outputBytes'
>;

/** Where the guests of one thread run, as main uses it: a worker thread of this process, or a child process with one. */
export interface Host {
  /** A batch of which `bytes` are in use; the host has the buffer from then on. */
  give(batch: { readonly buffer: ArrayBuffer; readonly bytes: number }): void;
  /** Outcomes of so many bytes were heard: see `isLarge`. */
  heard(bytes: number): void;
  /** The answer to a request. */
  answer(message: ServiceAnswer): void;
  /** Revocations so far, to be packed into each batch. */
  readonly revocations: number;
  /** Takes back what was not begun: `then` is called with the number of the last call that was, at once or soon, or never when it ends. */
  revoke(then: (lastBegun: number) => void): void;
  /** What has its guest on the stack at this moment, as far as the host can tell. */
  running(nowMs: number): RunningCalls | undefined;
  /** Whether one guest has been on the stack for so long that what waits behind it is better off elsewhere. */
  readonly stuck: boolean;
  /** Ends it, whatever it does; `ended` follows, unless it can't be ended. Idempotent. */
  end(): void;
  /** What it has not reported yet, as far as that is known here. */
  lastWords(): LastWords;
  /** What it may hold beside its instances until it has ended, in bytes. */
  readonly ownBytes: number;
}

/** What a host tells. */
export interface HostListener {
  heard(message: FromThread): void;
  /** The guest of this call, the first of those that share it, is on the stack past its deadline. */
  overdue(first: number): void;
  /** It holds more memory than it may. */
  overBudget(heldBytes: number): void;
  /**
   * The process that it shares with others grew by more than it may while this call, the first of those that share it, had its guest on the
   * stack. `alone`: no other guest ran meanwhile.
   */
  grewOverBudget(grownBytes: number, first: number, alone: boolean): void;
  /** What it says can't be right: it is not to be trusted any more. */
  broken(reason: string): void;
  /** It is gone; nothing follows. */
  ended(end: HostEnd): void;
}

/** What is left of a host that has ended. */
export interface HostEnd {
  /** Why, unless it was told to. */
  readonly thrown: unknown;
  readonly left: LastWords;
}

/** What a thread could not report any more. */
export interface LastWords {
  readonly running: RunningCalls | undefined;
  readonly outcomes: ArrayBuffer | SharedArrayBuffer | undefined;
  readonly logs: readonly CallLog[];
}
