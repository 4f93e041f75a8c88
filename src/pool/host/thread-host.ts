import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import { BlackBox } from '../wire/black-box.ts';
import { Claims, Revocations } from '../wire/claims.ts';
import { monotonicMs } from '../wire/monotonic.ts';
import { OutcomeWriter } from '../wire/outcome-batch.ts';
import { type RunningCalls, RunningMark } from '../wire/running-mark.ts';
import type { FromThread, ServiceAnswer, SharedMemories, ThreadStart, ToThread } from '../wire/thread-messages.ts';
import type { Host, HostListener, HostStart, LastWords } from './host.ts';

const WORKER = new URL(`../worker${extname(import.meta.url)}`, import.meta.url);

/** For a thread's JavaScript. The memories of guests have maximums of their own. */
const HEAP_MIB = 256;

/** A call that runs longer is slow: what waits behind it is better off elsewhere. */
export const STUCK_MS = 10;

/** A worker thread of this process. What it could not report survives it in shared memory. */
export class ThreadHost implements Host {
  readonly ownBytes = HEAP_MIB * 2 ** 20;
  readonly #worker: Worker;
  readonly #mark: RunningMark;
  readonly #revocations: Revocations;
  readonly #outcomes: SharedArrayBuffer;
  readonly #blackBox: BlackBox;

  /** `execArgv`: options of Node for the thread; the permissions of its process are not its own otherwise. */
  constructor(
    { component: { wasm: _wasm, ...component }, ...start }: HostStart,
    listener: Pick<HostListener, 'heard' | 'ended'>,
    execArgv: readonly string[] = [],
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
    this.#worker = new Worker(WORKER, {
      name: component.name,
      workerData: { ...start, component, ...shared } satisfies ThreadStart,
      env: {},
      execArgv: [...execArgv],
      resourceLimits: { maxOldGenerationSizeMb: HEAP_MIB },
    });
    let thrown: unknown;
    this.#worker.on('message', (message: FromThread) => listener.heard(message));
    this.#worker.on('error', (error) => (thrown ??= error));
    // By then Node has handed over everything that the thread had posted.
    this.#worker.on('exit', (code) =>
      listener.ended({ thrown: thrown ?? `exit code ${code}`, left: this.lastWords() }),
    );
  }

  give({ buffer }: { readonly buffer: ArrayBuffer }): void {
    this.#post({ kind: 'events', buffer }, [buffer]);
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

  /** `terminate` ends no thread inside of a long bulk memory instruction, or one that compiles. */
  end(): void {
    void this.#worker.terminate();
  }

  /** What it has not reported yet. */
  lastWords(): LastWords {
    return { running: this.running(monotonicMs()), outcomes: this.#outcomes, logs: this.#blackBox.read() };
  }

  #post(message: ToThread, transfer: readonly ArrayBuffer[] = []): void {
    this.#worker.postMessage(message, transfer);
  }
}
