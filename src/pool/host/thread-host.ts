import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BlackBox } from '../wire/black-box.ts';
import { Claims, Revocations } from '../wire/claims.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import { OutcomeWriter } from '../wire/outcome-batch.ts';
import { type RunningCalls, RunningMark } from '../wire/running-mark.ts';
import type { FromThread, ServiceAnswer, SharedMemories, ThreadStart, ToThread } from '../wire/thread-messages.ts';
import type { Host, HostListener, HostStart, LastWords } from './host.ts';
import { memoryWatch, type WatchedThread } from './memory-watch.ts';

const ENTRY = new URL(`../thread-entry${extname(import.meta.url)}`, import.meta.url);

/** For a thread's JavaScript. The memories of guests have maximums of their own. */
const HEAP_MIB = 256;

/** A call that runs longer is slow: calls behind it had better go to another thread. */
export const STUCK_MS = 10;

export interface ThreadHostOptions {
  /** Options of Node for the thread; the permissions of its process are not its own otherwise. */
  readonly execArgv?: readonly string[];
  /** How much the process may grow while one guest is on the stack. Absent: it is not watched. */
  readonly budget?: { readonly budgetBytes: number; readonly busy: () => boolean };
}

/** A worker thread of this process. What it could not report survives it in shared memory. */
export class ThreadHost implements Host {
  readonly ownBytes = HEAP_MIB * 2 ** 20;
  readonly #worker: Worker;
  readonly #mark: RunningMark;
  readonly #revocations: Revocations;
  readonly #outcomes: SharedArrayBuffer;
  readonly #blackBox: BlackBox;
  readonly #watched: WatchedThread | undefined;
  #isStarting = true;
  #isEnding = false;

  constructor(
    { component: { wasm: _wasm, ...component }, ...start }: HostStart,
    listener: Pick<HostListener, 'heard' | 'ended' | 'grewOverBudget'>,
    { execArgv = [], budget }: ThreadHostOptions = {},
  ) {
    const shared: SharedMemories = {
      running: RunningMark.memory(),
      claims: Claims.memory(),
      outcomes: OutcomeWriter.sharedMemory(),
      blackBox: BlackBox.memory(),
    };
    this.#mark = new RunningMark(shared.running);
    this.#revocations = new Revocations(shared.claims);
    this.#outcomes = shared.outcomes;
    this.#blackBox = new BlackBox(shared.blackBox);
    this.#worker = new Worker(ENTRY, {
      name: component.name,
      workerData: { ...start, component, ...shared } satisfies ThreadStart,
      env: {},
      execArgv: [...execArgv],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    this.#watched = budget && this.#watchedBy(budget, listener);
    if (this.#watched !== undefined) memoryWatch.began(this.#watched);
    let thrown: unknown;
    this.#worker.on('message', (message: FromThread) => {
      this.#isStarting = false;
      listener.heard(message);
    });
    this.#worker.on('error', (error) => (thrown ??= error));
    // By then Node has handed over everything that the thread had posted.
    this.#worker.on('exit', (code) => {
      if (this.#watched !== undefined) memoryWatch.ended(this.#watched);
      listener.ended({ thrown: thrown ?? `exit code ${code}`, left: this.lastWords() });
    });
  }

  give({ buffer }: { readonly buffer: ArrayBuffer }): void {
    if (this.#watched !== undefined) memoryWatch.began(this.#watched);
    this.#post({ kind: 'events', buffer }, [buffer]);
  }

  heard(bytes: number): void {
    this.#post({ kind: 'heard', bytes });
  }

  answer(message: ServiceAnswer): void {
    this.#post(message);
  }

  get revocations(): number {
    return this.#revocations.count;
  }

  revoke(then: (lastBegun: number) => void): void {
    then(this.#revocations.revoke());
  }

  running(nowMs: number): RunningCalls | undefined {
    return this.#mark.read(nowMs);
  }

  get stuck(): boolean {
    return (this.running(monotonicMs())?.heldMs ?? 0) > STUCK_MS;
  }

  /** `terminate` ends no thread inside a long bulk memory instruction, or one that compiles. */
  end(): void {
    this.#isEnding = true;
    void this.#worker.terminate();
  }

  /** What it has not reported yet. */
  lastWords(): LastWords {
    return { running: this.running(monotonicMs()), outcomes: this.#outcomes, logs: this.#blackBox.read() };
  }

  #watchedBy(
    { budgetBytes, busy }: NonNullable<ThreadHostOptions['budget']>,
    listener: Pick<HostListener, 'grewOverBudget'>,
  ): WatchedThread {
    const isBusy = (): boolean => this.#isStarting || this.#isEnding || busy();
    return {
      budgetBytes,
      overBudget: (grownBytes, first, alone) => listener.grewOverBudget(grownBytes, first, alone),
      running: (nowMs) => (this.#isEnding ? undefined : this.running(nowMs)),
      get busy() {
        return isBusy();
      },
    };
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
