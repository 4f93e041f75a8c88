import type { CallerCall, GuestLog } from '../capability/capability.ts';
import { SluiceError } from '../errors.ts';
import type { Message } from '../event.ts';
import type { Outcome } from '../outcome.ts';
import type { Call, ClientRequest, RequestSpan } from './call.ts';
import type { Chain } from './chain.ts';
import { monotonicMs } from './wire/monotonic.ts';
import type { RecordHead } from './wire/event-batch.ts';
import { LONGEST_TIMEOUT_MS } from './wire/running-mark.ts';

/** A submitted call, until it is finished: exactly once, whatever becomes of the threads that it is handed to. */
export class PooledCall implements CallerCall, RecordHead {
  readonly call: Call;
  /** On the monotonic clock. */
  readonly submittedMs: number;
  /**
   * Set when it may have ended a thread, or shared a guest call that failed: from then on it shares neither with other calls, so that it
   * is charged for what it does and for nothing else.
   */
  suspect = false;
  /** Its place among what its source has waiting: lower ones come first. */
  ticket = 0;
  /** Its lane's, from the moment it waits for a thread. */
  chain: Chain<PooledCall> | undefined;
  /** By what its thread knows it. */
  number = 0;
  /** Whether a thread has it. */
  handed = false;
  /** Whether the same thread had one ahead of it in its chain when it was handed over. */
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

  /** `startedMs` is of the monotonic clock. Does nothing when it was finished before: a result that comes too late. */
  finish(outcome: Outcome, startedMs: number, durationMs: number, cold: boolean): void {
    if (this.#finished) return;
    this.#finished = true;
    if (outcome.kind === 'completed') this.chain?.note(durationMs);
    this.#isOver();
    this.call.finished(outcome, { durationMs, waitedMs: Math.max(0, startedMs - this.submittedMs), cold });
  }

  /** Gives it back unstarted: one ahead of it in its chain did not complete. */
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

  /** Finishes a call that no guest was entered for, or that was given up. */
  finishUnstarted(outcome: Outcome): void {
    this.finish(outcome, monotonicMs(), 0, false);
  }
}
