import type { CallerCall, GuestLog } from '../capability/capability.ts';
import { SluiceError } from '../errors.ts';
import type { Header, Message, TriggerEvent } from '../event.ts';
import type { Outcome } from '../outcome.ts';
import type { Chain } from './queue/chain.ts';
import type { RecordHead } from './wire/event-batch.ts';
import { monotonicMs } from './wire/monotonic.ts';
import { LONGEST_TIMEOUT_MS } from './wire/running-mark.ts';

export type { GuestLog };
/** What a guest sends over HTTP during a call. */
export type ClientRequest = Parameters<CallerCall['requesting']>[0];
export type RequestSpan = NonNullable<ReturnType<CallerCall['requesting']>>;

/** How long a call took and what it cost, beside its outcome. */
export interface CallTiming {
  /** Milliseconds of wall time in the guest. 0 when it never started. */
  readonly durationMs: number;
  /** Milliseconds between `submit` and the start of the call. */
  readonly waitedMs: number;
  /** Whether an instance had to be made for this call. */
  readonly cold: boolean;
}

/** One event for one instance, as the dispatcher submits it. The pool calls `finished` or `returned`, once, on the main thread. */
export interface Call {
  readonly event: TriggerEvent;
  readonly attempt: number;
  /** Added to the event's headers for the component: the trace context. */
  readonly extraHeaders: readonly Header[];
  /** Calls of different sources share a pool fairly, one in turn. Any value; compared by identity. */
  readonly source: unknown;
  /** Whether calls of its source must wait, even if a thread is free, until `CallTarget.resume`. */
  readonly withheld?: boolean;
  /** Calls of one source and lane run one at a time, in the order in which they are submitted. Absent: no order. */
  readonly lane?: string | undefined;
  /** Aborted when its outcome does not count any more. Calls that are lost together share one signal. */
  readonly loss?: AbortSignal | undefined;
  /** The longest that the call may take, in milliseconds, from the moment the guest is entered. */
  readonly timeoutMs: number;
  log(record: GuestLog): void;
  /** Its guest sends a request. Absent: requests are not traced. */
  requesting?(request: ClientRequest): RequestSpan;
  /** Its guest publishes to an output of the manifest, see `CallerCall`. Absent: there are no outputs. */
  publish?(output: string, message: Message, signal: AbortSignal): Promise<void>;
  finished(outcome: Outcome, timing: CallTiming): void;
  /** It was not begun: one ahead of it in its lane did not complete, and is finished next. It may be submitted again after that is settled. */
  returned(): void;
}

/** A submitted call until it is finished: exactly once, whatever happens to the threads that get it. */
export class PooledCall implements CallerCall, RecordHead {
  readonly call: Call;
  /** On the monotonic clock. */
  readonly submittedMs: number;
  /**
   * Set when it may have ended a thread, or shared a guest call that failed. From then on it shares neither with other calls, so that it is
   * charged only for what it does.
   */
  suspect = false;
  /** Its place among the waiting calls of its source: lower ones come first. */
  ticket = 0;
  /** Its lane's, from the moment it waits for a thread. */
  chain: Chain<PooledCall> | undefined;
  /** Its number in its thread. */
  number = 0;
  /** Whether a thread has it. */
  handed = false;
  /** Whether its thread had one ahead of it in its chain when it got it. */
  continues = false;
  readonly #whenFinished: (call: PooledCall) => void;
  #finished = false;
  /** Absent: none. Few calls have any. */
  #whenOver: Set<() => void> | undefined;

  constructor(call: Call, submittedMs = monotonicMs(), whenFinished: (call: PooledCall) => void = () => {}) {
    this.call = call;
    this.submittedMs = submittedMs;
    this.#whenFinished = whenFinished;
  }

  /** As the shared memory can hold it. */
  get timeoutMs(): number {
    return Math.min(this.call.timeoutMs, LONGEST_TIMEOUT_MS);
  }

  get alone(): boolean {
    return this.suspect;
  }

  get chainNumber(): number {
    return this.chain?.number ?? 0;
  }

  get finished(): boolean {
    return this.#finished;
  }

  whenOver(step: () => void): () => void {
    const steps = (this.#whenOver ??= new Set());
    steps.add(step);
    return () => steps.delete(step);
  }

  requesting(request: ClientRequest): RequestSpan | undefined {
    return this.call.requesting?.(request);
  }

  async publish(output: string, message: Message, signal: AbortSignal): Promise<void> {
    if (this.#finished || this.call.publish === undefined)
      throw new SluiceError('SLU3002', 'the call is over', { ofMessage: true });
    await this.call.publish(output, message, signal);
  }

  log(line: GuestLog): void {
    if (!this.#finished) this.call.log(line);
  }

  /** `startedMs`: of the monotonic clock. Does nothing if the call was finished before: this outcome comes too late. */
  finish(outcome: Outcome, startedMs: number, durationMs: number, cold: boolean): void {
    if (this.#finished) return;
    this.#finished = true;
    if (outcome.kind === 'completed') this.chain?.note(durationMs);
    this.#isOver();
    this.call.finished(outcome, { durationMs, waitedMs: Math.max(0, startedMs - this.submittedMs), cold });
  }

  /** Returns it unstarted: one ahead of it in its chain did not complete. */
  giveBack(): void {
    if (this.#finished) return;
    this.#finished = true;
    this.#isOver();
    this.call.returned();
  }

  #isOver(): void {
    this.#whenFinished(this);
    if (this.#whenOver !== undefined) for (const step of this.#whenOver) step();
  }

  /** Finishes a call for which no guest was entered, or that is given up on. */
  finishUnstarted(outcome: Outcome): void {
    this.finish(outcome, monotonicMs(), 0, false);
  }
}
