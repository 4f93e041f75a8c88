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

/** A component that needs longer than this for its first instance is of no use. */
const START_MS = 60_000;

/**
 * What a thread that was told to end is given to go; mostly it takes 2 ms. V8 ends no thread inside a long bulk memory instruction, or
 * while it compiles.
 */
const LEAVE_MS = 500;

/** What a thread tells its pool. */
export interface ThreadListener {
  ready(): void;
  /** Calls have ended; they are finished by now. */
  reported(report: ThreadReport): void;
  /**
   * It takes part no more. These of its calls have no outcome and are not to blame; in the order in which they were given. `left`: it was
   * told to end, and is still there.
   */
  ended(demise: Demise, unfinished: readonly PooledCall[], left?: LeftThread): void;
}

/** A thread that does not go. Whatever it does, it is not listened to any more. */
export interface LeftThread {
  /** What it may hold until it goes, in bytes. */
  readonly mayHoldBytes: number;
  /** Resolves when it is gone after all. */
  readonly gone: Promise<void>;
}

export interface ThreadOptions {
  /** Where its guests run. `busy` tells whether it has calls. */
  readonly open: (listener: HostListener, busy: () => boolean) => Host;
  readonly services: Services;
  /** Takes what waits for a thread behind a call of a chain. */
  readonly takeBehind: (call: PooledCall) => readonly PooledCall[];
  /** What one instance may hold in its memories. */
  readonly instanceBytes: number;
  /** What the host may hold in all, or its process may grow by while a guest is on the stack. */
  readonly budgetBytes: number;
}

/** One thread of guests as main sees it, from its start to its end: what it was given, what it answered, and who is to blame when it dies. */
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
   * Whether it takes calls: it is not about to end, and has no suspect, who must be alone. Nor while it is being asked what it has begun: a chain's
   * next calls must not overtake those that come back.
   */
  get open(): boolean {
    if (this.#demise !== undefined || this.#handedOut.exhausted || this.#revoking > 0) return false;
    for (const { suspect } of this.calls) return !suspect;
    return true;
  }

  /** Whether one guest has been on its stack for long, while other calls may wait behind it. */
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

  /** Gives it what `take` gives, at most `most` calls. Those that can't be given are the result. */
  give(take: () => PooledCall | undefined, most: number): readonly Refusal[] {
    const { batch, refused, shortestMs, longestMs } = this.#handedOut.pack(take, most, this.#host.revocations);
    if (longestMs > 0) this.#watchdog.given(shortestMs, longestMs);
    if (batch !== undefined) this.#host.give(batch);
    return refused;
  }

  /** Takes back the calls that it has not begun; `then` is called with them, in the order in which they were given, at once or soon. */
  revoke(then: (calls: readonly PooledCall[]) => void): void {
    const upTo = this.#handedOut.lastNumber;
    this.#revoking += 1;
    this.#host.revoke((lastBegun) => {
      this.#revoking -= 1;
      if (!this.#isBuried) then(this.#handedOut.revoke(lastBegun, upTo));
    });
  }

  /** Ends it; nobody is to blame. */
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

  /** A call that is not alone with its thread is run again; one that is, is charged, and only when no other thread can have been it. */
  #grewOverBudget(grownBytes: number, first: number, alone: boolean): void {
    for (const { suspect } of this.calls) if (suspect && !alone) return;
    this.#end(grewOverBudget(grownBytes, this.#options.budgetBytes, first));
  }

  /** The first reason counts. */
  #end(demise: Demise): void {
    if (this.#isBuried) return;
    this.#demise ??= demise;
    // A main thread that was busy itself hears first that the thread is gone.
    this.#leaving ??= setTimeout(() => setImmediate(() => this.#leaveBehind(demise)), LEAVE_MS);
    this.#host.end();
  }

  #ended({ thrown, left }: HostEnd): void {
    clearTimeout(this.#leaving);
    if (!this.#isBuried) this.#bury(this.#demise ?? crashed(thrown), left);
    this.#gone.resolve();
  }

  /** It does not go: what is to be done at its end is done now. */
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
    // It takes nothing more, not even from those who hear that their calls are finished.
    this.#demise = demise;
    clearTimeout(this.#starting);
    this.#watchdog.stop();
    const nowMs = monotonicMs();
    const { running, outcomes, logs } = lastWords;
    // What it could not report any more.
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
