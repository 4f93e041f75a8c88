import { capabilities } from '../capability/capabilities.ts';
import type { Grants } from '../capability/capability.ts';
import type { Clock } from '../clock.ts';
import type { Component } from '../component/component.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import type { Logger } from '../logger.ts';
import type { StateFile } from '../state/state-file.ts';
import type { Call } from './call.ts';
import { CallQueue } from './call-queue.ts';
import { Crew } from './crew.ts';
import { MOST_EVENTS, Pace } from './pace.ts';
import { PooledCall } from './pooled-call.ts';
import { Services } from './services.ts';
import { Thread } from './thread.ts';
import type { ThreadReport } from './wire/thread-messages.ts';

export interface PoolOptions {
  readonly grants: Grants;
  /** Worker threads, 1 to 256. */
  readonly threads: number;
  /** Instances in all threads together, at least `threads`. What a component that suspends can have under way at once. */
  readonly instances: number;
  /** `fresh`: every event gets a new instance, made ahead while there is time. */
  readonly isolation: 'shared' | 'fresh';
  /** Events after which an instance is retired, at least 1. */
  readonly maxCalls: number;
  /** What the messages for one event may weigh together, in bytes. */
  readonly outputBytes: number;
  readonly state: StateFile;
  readonly clock: Clock;
  readonly log: Logger;
  /** A thread ended against its will: `timed-out`, `crashed`, `unfit`. */
  threadEnded?(reason: string): void;
}

/** What a pool has at a moment. */
export interface PoolStats {
  /** Threads that can take calls. */
  readonly threads: number;
  readonly instances: number;
  /** Calls that wait for a thread. */
  readonly queued: number;
  /** Calls that a thread has. */
  readonly running: number;
}

/** How often to look for calls that are stuck behind another. */
const RESCUE_MS = 10;
/** Fewer are not worth the sending to another thread. */
const LEAST_SHARE = 8;

/**
 * Runs the calls of one component on a few threads.
 *
 *     submitted -> queued by source -> packed for a thread -> run there -> finished
 *                       ^                          |
 *                       +------ thread lost -------+   (but for the one call that is to blame)
 *
 * A call is finished exactly once, and costs its event an attempt only by what it did itself.
 */
export class InstancePool implements AsyncDisposable {
  readonly #queue = new CallQueue();
  readonly #pace = new Pace();
  readonly #crew: Crew;
  /** Calls that one thread can have under way at once. */
  readonly #concurrency: number;
  #closing: Promise<void> | undefined;
  #distribution: NodeJS.Immediate | undefined;
  #rescue: NodeJS.Timeout | undefined;
  #whenIdle: (() => void) | undefined;

  /**
   * Resolves when every thread has made its first instance. Rejects with SLU2006 when one can't, and with the signal's reason when that is
   * aborted; nothing is left open then.
   */
  static async open(component: Component, options: PoolOptions, signal: AbortSignal): Promise<InstancePool> {
    signal.throwIfAborted();
    const pool = new InstancePool(component, options);
    try {
      await pool.#crew.mustered(signal);
      return pool;
    } catch (thrown) {
      await pool.#crew.dismiss('the pool did not open');
      signal.throwIfAborted();
      throw new SluiceError('SLU2006', `no instance of the component can be made: ${reasonOf(thrown)}`, {
        cause: thrown,
        place: { component: component.name },
      });
    }
  }

  private constructor(component: Component, options: PoolOptions) {
    const instances = Math.max(1, Math.floor(options.instances / options.threads));
    const { grants, isolation, maxCalls, outputBytes, state, clock } = options;
    const log = options.log.child({ component: component.name });
    const services = new Services(capabilities, { component: component.name, grants, state, clock, log });
    const start = { component, grants, isolation, maxCalls, outputBytes, instances };
    this.#concurrency = component.suspends ? instances : 1;
    this.#crew = new Crew(
      { threads: options.threads, start: (listener) => new Thread(start, services, listener), clock, log },
      {
        room: (report) => this.#room(report),
        lost: ({ kind }) => options.threadEnded?.(kind),
        returned: (calls) => this.#takeBack(calls),
        hopeless: (reason) => this.#giveUp(reason),
      },
    );
  }

  /** Accepts a call. While the pool is closing, the call finishes as `cancelled` before this returns. */
  submit(call: Call): void {
    const pooled = new PooledCall(call);
    if (this.#closing !== undefined) {
      pooled.finishUnstarted({ kind: 'cancelled', reason: 'the pool is closing' });
      return;
    }
    this.#queue.add(pooled);
    if (this.#queue.size % MOST_EVENTS === 0) this.#distribute();
    else this.#distribution ??= setImmediate(() => this.#distribute());
  }

  /** Calls of that source that no thread has begun finish as `cancelled`. */
  withdraw(source: unknown): void {
    for (const thread of this.#crew.ready) this.#queue.putBack(thread.revoke());
    for (const call of this.#queue.takeOf(source)) call.finishUnstarted(CANCELLED);
    this.#distribute();
    this.#settleIdle();
  }

  /** All calls of that source finish as `cancelled`; a thread that runs one is ended, and its other calls run again on the next. */
  cancel(source: unknown): void {
    this.withdraw(source);
    for (const thread of this.#crew.ready) {
      const theirs = [...thread.calls].filter(({ call }) => call.source === source);
      for (const call of theirs) call.finishUnstarted(CANCELLED);
      if (theirs.length > 0) thread.stop('its calls were cancelled');
    }
  }

  /** Takes no more calls, waits until all are finished, and ends the threads. Idempotent. */
  drain(): Promise<void> {
    this.#closing ??= this.#close();
    return this.#closing;
  }

  /** The same as `drain`. */
  [Symbol.asyncDispose](): Promise<void> {
    return this.drain();
  }

  get stats(): PoolStats {
    const threads = [...this.#crew.ready];
    return {
      threads: threads.length,
      instances: threads.reduce((sum, { instances }) => sum + instances, 0),
      queued: this.#queue.size,
      running: threads.reduce((sum, { load }) => sum + load, 0),
    };
  }

  async #close(): Promise<void> {
    await new Promise<void>((resolve) => {
      this.#whenIdle = resolve;
      this.#settleIdle();
    });
    await this.#crew.dismiss('the pool is closed');
  }

  /** `drain` goes on when the last call is finished. */
  #settleIdle(): void {
    const { queued, running } = this.stats;
    if (queued + running === 0) this.#whenIdle?.();
  }

  #room(report: ThreadReport | undefined): void {
    if (report !== undefined) this.#pace.note(report.events, report.guestMs);
    this.#distribute();
    this.#settleIdle();
  }

  #takeBack(calls: readonly PooledCall[]): void {
    this.#queue.putBack(calls);
    this.#distribute();
    this.#settleIdle();
  }

  #giveUp(reason: string): void {
    for (const call of this.#queue.takeAll()) {
      call.finishUnstarted({ kind: 'trapped', cause: 'instantiation', reason: `no instance can be made: ${reason}` });
    }
    this.#settleIdle();
  }

  /** Gives waiting calls to the threads, the least loaded first, to each about as many as to the others. */
  #distribute(): void {
    clearImmediate(this.#distribution);
    this.#distribution = undefined;
    if (this.#crew.ready.size > 1) this.#rescue ??= setTimeout(() => this.#rescueStuck(), RESCUE_MS);
    const share = Math.max(LEAST_SHARE, Math.ceil(this.#queue.size / this.#crew.ready.size));
    for (let first = this.#queue.peek(); first !== undefined; first = this.#queue.peek()) {
      const thread = this.#leastLoaded();
      if (thread === undefined) return;
      // A suspect shares a thread with nobody.
      if (first.suspect && thread.load > 0) return;
      const portion = first.suspect ? 1 : Math.min(share, this.#pace.portion(thread.load, this.#concurrency));
      if (portion === 0) return;
      thread.give(first.suspect ? () => this.#queue.take() : () => this.#queue.takeUnsuspected(), portion);
    }
  }

  /** Of those that take calls. One that is stuck doesn't, unless there is no other. */
  #leastLoaded(): Thread | undefined {
    const several = this.#crew.ready.size > 1;
    let least: Thread | undefined;
    for (const thread of this.#crew.ready) {
      const takes = thread.open && !(several && thread.stuck);
      if (takes && (least === undefined || thread.load < least.load)) least = thread;
    }
    return least;
  }

  /** Calls that wait in a stuck thread go to another that has room. Looks again as long as there is work. */
  #rescueStuck(): void {
    this.#rescue = undefined;
    for (const thread of this.#crew.ready) {
      if (thread.load > 1 && thread.stuck && this.#leastLoaded() !== undefined) this.#queue.putBack(thread.revoke());
    }
    if (this.stats.running > 0) this.#distribute();
  }
}

const CANCELLED = { kind: 'cancelled', reason: 'its trigger was stopped' } as const;
