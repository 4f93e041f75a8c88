import { backoffMs } from '../../backoff.ts';
import type { Clock } from '../../clock.ts';
import { reasonOf } from '../../errors.ts';
import type { Logger } from '../../logger.ts';
import { type Demise, unfit } from './demise.ts';
import type { PooledCall } from '../call.ts';
import type { LeftThread, Thread, ThreadListener } from './thread.ts';
import type { ThreadReport } from '../wire/thread-messages.ts';

/** Before a thread is started again, after starts in a row that failed. */
const RESTARTS = { firstMs: 100, longestMs: 10_000 };

/** After this many failed starts in a row, calls no longer wait for one that succeeds. */
const PATIENT_STARTS = 5;

/**
 * Threads of a pool that should have ended and are still there, each using a processor and memory. While there are this many, no new one is
 * started; calls wait meanwhile, and so do their sources.
 */
const MOST_LEFT = 4;

/** What a crew reports to its pool. */
export interface CrewListener {
  /** A thread can take calls now. */
  ready(): void;
  /** A thread has reported outcomes, and may have room for more calls. */
  readonly reported: (report: ThreadReport) => void;
  /** A thread ended unexpectedly. */
  lost(demise: Demise): void;
  /** These calls of a thread that ended are to be given to another thread, in this order. */
  returned(calls: readonly PooledCall[]): void;
  /** No thread is left, and starting one has failed again and again. The crew keeps trying. */
  hopeless(reason: string): void;
}

export interface CrewOptions {
  readonly threads: number;
  readonly start: (listener: ThreadListener) => Thread;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * The threads of a pool. One that ends is replaced: at once if it had worked, else after growing delays. One that should end and does not is
 * left behind, and is replaced too.
 */
export class Crew {
  readonly #options: CrewOptions;
  readonly #listener: CrewListener;
  readonly #ready = new Set<Thread>();
  readonly #all = new Set<Thread>();
  readonly #left = new Set<LeftThread>();
  readonly #dismissal = new AbortController();
  readonly #dismissed = aborted(this.#dismissal.signal);
  readonly #mustered = Promise.withResolvers<void>();
  readonly #places: readonly Promise<void>[];

  /** Starts all threads. */
  constructor(options: CrewOptions, listener: CrewListener) {
    this.#options = options;
    this.#listener = listener;
    this.#places = Array.from({ length: options.threads }, () => this.#fill());
  }

  /** Threads that can take calls. */
  get ready(): ReadonlySet<Thread> {
    return this.#ready;
  }

  /** Threads that should have ended and are still there. */
  get left(): ReadonlySet<LeftThread> {
    return this.#left;
  }

  /** Resolves when all threads can take calls. Rejects as soon as one has ended instead, or `signal` is aborted. */
  async mustered(signal: AbortSignal): Promise<void> {
    const give = (): void => this.#mustered.reject(signal.reason);
    signal.addEventListener('abort', give);
    await this.#mustered.promise.finally(() => signal.removeEventListener('abort', give));
  }

  /** Ends all threads. Resolves when they are gone, or left behind. Idempotent. */
  async dismiss(reason: string): Promise<void> {
    this.#dismissal.abort();
    for (const thread of this.#all) thread.stop(reason);
    await Promise.all(this.#places);
  }

  /** Counts a thread that was left behind until it goes. */
  adopt(left: LeftThread): void {
    this.#left.add(left);
    void left.gone.then(() => this.#left.delete(left));
  }

  /** Keeps one place filled until the crew is dismissed. */
  async #fill(): Promise<void> {
    const { clock, log } = this.#options;
    for (let failures = 0; !this.#dismissal.signal.aborted;) {
      // A host that can't be made, for want of memory or descriptors, counts as an unfit thread, and is tried again.
      const demise = await this.#life().catch((thrown: unknown) => unfit(reasonOf(thrown)));
      if (this.#dismissal.signal.aborted) return;
      this.#mustered.reject(new Error(demise.reason));
      failures = demise.kind === 'unfit' ? failures + 1 : 0;
      if (demise.kind !== 'stopped') this.#listener.lost(demise);
      const delayMs = failures === 0 ? 0 : backoffMs(failures, RESTARTS);
      const { reason, kind, code } = demise;
      log.warn({ ...(code && { code }), reason, kind, delayMs }, 'a thread ended and is started again');
      if (failures >= PATIENT_STARTS && this.#ready.size === 0) this.#listener.hopeless(demise.reason);
      await clock.sleep(delayMs, this.#dismissal.signal);
      await this.#room();
    }
  }

  /** Resolves when there may be one more thread, or the crew is dismissed. */
  async #room(): Promise<void> {
    const { log } = this.#options;
    const { signal } = this.#dismissal;
    if (this.#left.size < MOST_LEFT || signal.aborted) return;
    const places = this.#options.threads - this.#ready.size;
    const about = { code: 'SLU2101', left: this.#left.size, places };
    log.error(about, 'too many threads have not ended: no new one is started before one of them ends, and calls wait');
    while (this.#left.size >= MOST_LEFT && !signal.aborted) {
      await Promise.race([this.#dismissed, ...Array.from(this.#left, ({ gone }) => gone)]);
    }
  }

  #leave(left: LeftThread, reason: string): void {
    const { log } = this.#options;
    this.adopt(left);
    const about = { code: 'SLU2101', reason, left: this.#left.size, mayHoldBytes: left.mayHoldBytes };
    log.warn(about, 'a thread did not end in time, and is left behind');
    void left.gone.then(() => log.info({ left: this.#left.size }, 'a thread that was left behind has ended'));
  }

  /** One thread from its start to its end. */
  #life(): Promise<Demise> {
    return new Promise((resolve) => {
      const thread = this.#options.start({
        ready: () => {
          this.#ready.add(thread);
          if (this.#ready.size === this.#options.threads) this.#mustered.resolve();
          this.#listener.ready();
        },
        reported: this.#listener.reported,
        ended: (demise, unfinished, left) => {
          this.#ready.delete(thread);
          this.#all.delete(thread);
          if (left !== undefined) this.#leave(left, demise.reason);
          this.#listener.returned(unfinished);
          resolve(demise);
        },
      });
      this.#all.add(thread);
    });
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}
