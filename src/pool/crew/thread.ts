import {
  broken,
  crashed,
  culpritOf,
  type Demise,
  grewOverBudget,
  overBudget,
  overdue,
  stalled,
  stopped,
  unfit,
} from './demise.ts';
import { HandedOut, type Refusal } from './handed-out.ts';
import type { Host, HostEnd, HostListener, LastWords } from '../host/host.ts';
import type { PooledCall } from '../call.ts';
import type { Services } from '../wire/requests.ts';
import { Watchdog } from './watchdog.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import { type FromThread, isLarge, type ThreadReport } from '../wire/thread-messages.ts';

/** A component that needs longer than this for its first instance is unfit. */
const START_MS = 60_000;

/**
 * How long a thread has to end before it is left behind; mostly it takes 2 ms. V8 ends no thread inside a long bulk memory instruction, or
 * while it compiles.
 */
const LEAVE_MS = 500;

/** What a thread reports to its crew. */
export interface ThreadListener {
  ready(): void;
  /** Calls have ended, and are finished by now. */
  reported(report: ThreadReport): void;
  /**
   * It has ended, or is left behind. `unfinished`: calls without an outcome that are not to blame, in the order in which it got them. `left`:
   * it should have ended, and is still there.
   */
  ended(demise: Demise, unfinished: readonly PooledCall[], left?: LeftThread): void;
}

/** A thread that does not end. Its messages are ignored. */
export interface LeftThread {
  /** What it may hold until it ends, in bytes. */
  readonly mayHoldBytes: number;
  /** Resolves when it has ended after all. */
  readonly gone: Promise<void>;
}

export interface ThreadOptions {
  /** Where its guests run. `busy`: whether it has calls. */
  readonly open: (listener: HostListener, busy: () => boolean) => Host;
  readonly services: Services;
  /** Takes what waits for a thread behind a call of a chain. */
  readonly takeBehind: (call: PooledCall) => readonly PooledCall[];
  /** What one instance may hold in its memories. */
  readonly instanceBytes: number;
  /** What the host may hold in all, or its process may grow by while a guest is on the stack. */
  readonly budgetBytes: number;
}

/** One thread of guests as main sees it, from its start to its end: which calls it has, their outcomes, and which call to blame when it dies. */
export class Thread {
  readonly #options: ThreadOptions;
  readonly #listener: ThreadListener;
  readonly #host: Host;
  readonly #watchdog: Watchdog;
  readonly #starting: NodeJS.Timeout;
  readonly #handedOut: HandedOut;
  readonly #gone = Promise.withResolvers<void>();
  readonly #over = new AbortController();
  #demise: Demise | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #isBuried = false;
  #isReady = false;
  #instances = 0;
  #revoking = 0;

  constructor(options: ThreadOptions, listener: ThreadListener) {
    this.#options = options;
    this.#listener = listener;
    this.#handedOut = new HandedOut(options.takeBehind);
    this.#host = options.open(
      {
        heard: (message) => this.#hear(message),
        overdue: (first) => this.#end(overdue(first)),
        overBudget: (heldBytes) => this.#end(overBudget(heldBytes, options.budgetBytes)),
        grewOverBudget: (grownBytes, first, alone) => this.#grewOverBudget(grownBytes, first, alone),
        broken: (reason) => this.#end(broken(reason)),
        ended: (end) => this.#ended(end),
      },
      () => this.load > 0,
    );
    this.#watchdog = new Watchdog(
      { read: (nowMs) => this.#host.running(nowMs) },
      { overdue: (number) => this.#end(overdue(number)), stalled: () => this.#end(stalled()) },
    );
    this.#starting = setTimeout(() => this.#end(unfit(`no instance within ${START_MS} ms`)), START_MS);
  }

  /** Calls that it has. */
  get calls(): Iterable<PooledCall> {
    return this.#handedOut.calls.values();
  }

  /** How many calls it has. */
  get load(): number {
    return this.#handedOut.calls.size;
  }

  /**
   * Whether it takes calls: not while it is about to end, or has a suspect, which must be alone. Nor during a revocation: the next calls of a
   * chain must not overtake those that come back.
   */
  get open(): boolean {
    if (this.#demise !== undefined || this.#handedOut.exhausted || this.#revoking > 0) return false;
    for (const { suspect } of this.calls) return !suspect;
    return true;
  }

  /** Whether one guest has been on its stack for long, so that other calls may wait behind it. */
  get stuck(): boolean {
    return this.load > 0 && this.#host.stuck;
  }

  /** Instances that it has. */
  get instances(): number {
    return this.#instances;
  }

  /** Whether it has a call of that source. */
  hasOf(source: unknown): boolean {
    for (const { call } of this.calls) if (call.source === source) return true;
    return false;
  }

  /** Hands it what `take` gives, at most `most` calls. Returns those that can't be handed over. */
  give(take: () => PooledCall | undefined, most: number): readonly Refusal[] {
    const { batch, refused, shortestMs, longestMs } = this.#handedOut.pack(take, most, this.#host.revocations);
    if (longestMs > 0) this.#watchdog.given(shortestMs, longestMs);
    if (batch !== undefined) this.#host.give(batch);
    return refused;
  }

  /** Takes back the calls that it has not begun, and calls `then` with them in the order in which it got them, at once or soon. */
  revoke(then: (calls: readonly PooledCall[]) => void): void {
    const upTo = this.#handedOut.lastNumber;
    this.#revoking += 1;
    this.#host.revoke((lastBegun) => {
      this.#revoking -= 1;
      if (!this.#isBuried) then(this.#handedOut.revoke(lastBegun, upTo));
    });
  }

  /** Ends it; no call is to blame. */
  stop(reason: string): void {
    this.#end(stopped(reason));
  }

  #hear(message: FromThread): void {
    if (this.#isBuried) return;
    switch (message.kind) {
      case 'ready':
        clearTimeout(this.#starting);
        this.#isReady = true;
        this.#instances = 1;
        this.#listener.ready();
        return;
      case 'unfit':
        this.#end(unfit(message.reason));
        return;
      case 'request':
        void this.#options.services
          .answer(message, { gone: this.#over.signal, call: this.#handedOut.calls.get(message.call) })
          .then((answer) => this.#host.answer(answer));
        return;
      case 'report':
        this.#instances = message.instances;
        this.#handedOut.log(message.logs);
        this.#handedOut.settle(message.outcomes);
        this.#handedOut.keep(message.spare);
        if (isLarge(message.outcomes)) this.#host.heard(message.outcomes.byteLength);
        this.#watchdog.heard(this.load > 0);
        this.#listener.reported(message);
        if (this.#handedOut.exhausted && this.load === 0) this.stop('it has run a billion calls');
    }
  }

  /** Charges a call only if it is alone in its thread, and no other thread can have caused the growth. Other calls run again. */
  #grewOverBudget(grownBytes: number, first: number, alone: boolean): void {
    for (const { suspect } of this.calls) if (suspect && !alone) return;
    this.#end(grewOverBudget(grownBytes, this.#options.budgetBytes, first));
  }

  /** The first reason counts. */
  #end(demise: Demise): void {
    if (this.#isBuried) return;
    this.#demise ??= demise;
    // If main itself was busy, it first handles the message that the thread is gone.
    this.#leaving ??= setTimeout(() => setImmediate(() => this.#leaveBehind(demise)), LEAVE_MS);
    this.#host.end();
  }

  #ended({ thrown, left }: HostEnd): void {
    clearTimeout(this.#leaving);
    if (!this.#isBuried) this.#bury(this.#demise ?? crashed(thrown), left);
    this.#gone.resolve();
  }

  /** It does not end: does now what follows from its end. */
  #leaveBehind(demise: Demise): void {
    if (this.#isBuried) return;
    // It begins nothing more, should its guest return before V8 ends it.
    this.#host.revoke(() => {});
    const mayHoldBytes = this.#host.ownBytes + this.#instances * this.#options.instanceBytes;
    this.#bury(this.#demise ?? demise, this.#host.lastWords(), { mayHoldBytes, gone: this.#gone.promise });
  }

  #bury(cause: Demise, lastWords: LastWords, left?: LeftThread): void {
    this.#isBuried = true;
    this.#over.abort();
    const demise = this.#isReady || cause.kind === 'stopped' ? cause : unfit(cause.reason);
    // It takes nothing more, not even from callers that react to finished calls.
    this.#demise = demise;
    clearTimeout(this.#starting);
    this.#watchdog.stop();
    const nowMs = monotonicMs();
    const { running, outcomes, logs } = lastWords;
    // What it could not report.
    this.#handedOut.log(logs);
    if (outcomes !== undefined) this.#handedOut.settle(outcomes);
    const culprit = culpritOf(demise, running, this.#handedOut.calls);
    if (culprit !== undefined && demise.charge !== undefined) {
      const durationMs = running === undefined ? 0 : culprit.timeoutMs - running.leftMs;
      this.#handedOut.giveBackBehind(culprit);
      culprit.finish(demise.charge(culprit.timeoutMs, durationMs), nowMs - durationMs, durationMs, false);
    }
    this.#listener.ended(
      demise,
      [...this.calls].filter(({ finished }) => !finished),
      left,
    );
  }
}
