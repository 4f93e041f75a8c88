import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { culpritOf } from './culprit-of.ts';
import { crashed, type Demise, overdue, stalled, stopped, unfit } from './demise.ts';
import { HandedOut, type Refusal } from './handed-out.ts';
import type { PooledCall } from './pooled-call.ts';
import type { Services } from './services.ts';
import { Watchdog } from './watchdog.ts';
import { BlackBox } from './wire/black-box.ts';
import { Claims, Revocations } from './wire/claims.ts';
import { monotonicMs } from './wire/monotonic.ts';
import { OutcomeWriter } from './wire/outcome-batch.ts';
import { RunningMark } from './wire/running-mark.ts';
import type { FromThread, SharedMemories, ThreadReport, ThreadStart, ToThread } from './wire/thread-messages.ts';

const WORKER = new URL(`./worker${extname(import.meta.url)}`, import.meta.url);

/** For a thread's JavaScript. The memories of guests have maximums of their own. */
const HEAP_MIB = 256;
/** A component that needs longer than this for its first instance is of no use. */
const START_MS = 60_000;

/**
 * What a thread that was told to end is given to go; mostly it takes 2 ms. V8 ends no thread inside a long bulk memory instruction, or
 * while it compiles.
 */
const LEAVE_MS = 500;

/** A call that runs longer is slow: what waits behind it is better off elsewhere. */
const STUCK_MS = 10;

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

/** One worker thread as main sees it, from its start to its end: what it was given, what it answered, and who is to blame when it dies. */
export class Thread {
  readonly #worker: Worker;
  readonly #listener: ThreadListener;
  readonly #services: Services;
  readonly #mark: RunningMark;
  readonly #outcomes: SharedArrayBuffer;
  readonly #blackBox: BlackBox;
  readonly #watchdog: Watchdog;
  readonly #starting: NodeJS.Timeout;
  readonly #handedOut: HandedOut;
  readonly #gone = Promise.withResolvers<void>();
  readonly #instanceBytes: number;
  #demise: Demise | undefined;
  #leaving: NodeJS.Timeout | undefined;
  #isBuried = false;
  #isReady = false;
  #instances = 0;

  constructor(start: Omit<ThreadStart, keyof SharedMemories>, services: Services, listener: ThreadListener) {
    const shared: SharedMemories = {
      running: RunningMark.memory(),
      claims: Claims.memory(),
      outcomes: OutcomeWriter.sharedMemory(),
      blackBox: BlackBox.memory(),
    };
    this.#listener = listener;
    this.#services = services;
    this.#instanceBytes = start.component.memoryBytes;
    this.#mark = new RunningMark(shared.running);
    this.#handedOut = new HandedOut(new Revocations(shared.claims));
    this.#outcomes = shared.outcomes;
    this.#blackBox = new BlackBox(shared.blackBox);
    this.#watchdog = new Watchdog(this.#mark, {
      overdue: (number) => this.#end(overdue(number)),
      stalled: () => this.#end(stalled()),
    });
    this.#worker = new Worker(WORKER, {
      name: start.component.name,
      workerData: { ...start, ...shared } satisfies ThreadStart,
      env: {},
      execArgv: [],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    this.#worker.on('message', (message: FromThread) => this.#hear(message));
    this.#worker.on('error', (thrown) => (this.#demise ??= crashed(thrown)));
    // By then Node has handed over everything that the thread had posted.
    this.#worker.on('exit', (code) => this.#exited(code));
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

  /** Whether it takes calls: it is not about to end, and has no suspect, who must be alone. */
  get open(): boolean {
    if (this.#demise !== undefined || this.#handedOut.exhausted) return false;
    for (const { suspect } of this.calls) return !suspect;
    return true;
  }

  /** Whether one guest has been on its stack for long, while other calls may wait behind it. */
  get stuck(): boolean {
    const running = this.load === 0 ? undefined : this.#mark.read(monotonicMs());
    return running !== undefined && running.heldMs > STUCK_MS;
  }

  /** Instances that it has. */
  get instances(): number {
    return this.#instances;
  }

  /** Gives it what `take` gives, at most `most` calls. Those that can't be given are the result. */
  give(take: () => PooledCall | undefined, most: number): readonly Refusal[] {
    const watched = (): PooledCall | undefined => {
      const call = take();
      if (call !== undefined) this.#watchdog.given(call.timeoutMs);
      return call;
    };
    const { buffer, refused } = this.#handedOut.pack(watched, most);
    if (buffer !== undefined) this.#post({ kind: 'events', buffer }, [buffer]);
    return refused;
  }

  /** Takes back the calls that it has not begun, in the order in which they were given. */
  revoke(): readonly PooledCall[] {
    return this.#handedOut.revoke();
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
        void this.#services.answer(message).then((answer) => this.#post(answer));
        return;
      case 'report':
        this.#instances = message.instances;
        this.#handedOut.log(message.logs);
        this.#handedOut.settle(message.outcomes);
        this.#handedOut.keep(message.spare);
        this.#watchdog.heard(this.load > 0);
        this.#listener.reported(message);
        if (this.#handedOut.exhausted && this.load === 0) this.stop('it has run a billion calls');
    }
  }

  /** The first reason counts. */
  #end(demise: Demise): void {
    if (this.#isBuried) return;
    this.#demise ??= demise;
    // A main thread that was busy itself hears first that the thread is gone.
    this.#leaving ??= setTimeout(() => setImmediate(() => this.#leaveBehind(demise)), LEAVE_MS);
    void this.#worker.terminate();
  }

  #exited(code: number): void {
    clearTimeout(this.#leaving);
    if (!this.#isBuried) this.#bury(this.#demise ?? crashed(`exit code ${code}`));
    this.#gone.resolve();
  }

  /** It does not go: what is to be done at its end is done now. */
  #leaveBehind(demise: Demise): void {
    if (this.#isBuried) return;
    // It begins nothing more, should its guest return before V8 ends it.
    this.#handedOut.close();
    const mayHoldBytes = HEAP_MIB * 2 ** 20 + this.#instances * this.#instanceBytes;
    this.#bury(this.#demise ?? demise, { mayHoldBytes, gone: this.#gone.promise });
  }

  #bury(cause: Demise, left?: LeftThread): void {
    this.#isBuried = true;
    const demise = this.#isReady || cause.kind === 'stopped' ? cause : unfit(cause.reason);
    // It takes nothing more, whoever asks while its calls are finished.
    this.#demise = demise;
    clearTimeout(this.#starting);
    this.#watchdog.stop();
    const nowMs = monotonicMs();
    const running = this.#mark.read(nowMs);
    // What it could not report any more.
    this.#handedOut.log(this.#blackBox.read());
    this.#handedOut.settle(this.#outcomes);
    const culprit = culpritOf(demise, running, this.#handedOut.calls);
    if (culprit !== undefined && demise.charge !== undefined) {
      const durationMs = running === undefined ? 0 : culprit.timeoutMs - running.leftMs;
      culprit.finish(demise.charge(culprit.timeoutMs, durationMs), nowMs - durationMs, durationMs, false);
    }
    this.#listener.ended(
      demise,
      [...this.calls].filter(({ finished }) => !finished),
      left,
    );
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
