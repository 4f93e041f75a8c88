import { capabilities } from '../capability/capabilities.ts';
import type { ServiceContext } from '../capability/capability.ts';
import type { Component } from '../component/component.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import { type Call, PooledCall } from './call.ts';
import { Crew } from './crew/crew.ts';
import { Distributor } from './distributor.ts';
import type { HostKind } from './host/host.ts';
import { ProcessHost } from './host/process-host.ts';
import { ThreadHost } from './host/thread-host.ts';
import { Services } from './wire/requests.ts';
import { type LeftThread, Thread, type ThreadOptions } from './crew/thread.ts';
import { monotonicMs } from './wire/monotonic.ts';
import type { ThreadReport } from './wire/thread-messages.ts';

/** Its own options, and what capabilities get. */
export interface PoolOptions extends Omit<ServiceContext, 'component' | 'closed'> {
  /** Where guests run: in threads of this process, or in as many processes with a thread each. */
  readonly host: HostKind;
  /** In bytes: what one of the processes may hold in memory, or how much this one may grow while a guest is on a thread's stack. */
  readonly budgetBytes: number;
  /** 1 to 256. */
  readonly threads: number;
  /** Instances in all threads together, at least `threads`. A component that suspends can run this many calls at once. */
  readonly instances: number;
  /** `fresh`: every event gets a new instance, made in advance while there is time. */
  readonly isolation: 'shared' | 'fresh';
  /** Events after which an instance is retired, at least 1. */
  readonly maxCalls: number;
  /** What the messages for one event may weigh together, in bytes. */
  readonly outputBytes: number;
  /** A thread ended unexpectedly: `timed-out`, `crashed`, `over-budget`, `unfit`. */
  threadEnded?(reason: string): void;
}

/** A pool at one moment. */
export interface PoolStats {
  /** Threads that can take calls. */
  readonly threads: number;
  readonly instances: number;
  /** Calls that wait for a thread. */
  readonly queued: number;
  /** Calls that a thread has. */
  readonly running: number;
  /** Threads that should have ended and are still there. */
  readonly abandoned: number;
  /** What these may hold, in bytes. */
  readonly abandonedBytes: number;
}

const CANCELLED = { kind: 'cancelled', reason: 'its trigger was stopped' } as const;

/**
 * Runs the calls of one component on a few threads.
 *
 *     submitted -> queued by source -> packed for a thread -> run there -> finished
 *                       ^                          |
 *                       +------ thread lost -------+   (but for the one call that is to blame)
 *
 * A call is finished exactly once, and its event is charged only for what that call did.
 */
export class InstancePool implements AsyncDisposable {
  readonly #crew: Crew;
  readonly #distributor: Distributor;
  #successor: InstancePool | undefined;
  #closing: Promise<void> | undefined;
  #unfinished = 0;
  readonly #idle = Promise.withResolvers<void>();
  readonly #closed = new AbortController();

  /**
   * Resolves when every thread has made its first instance. Rejects with SLU2006 if one can't, and with the signal's reason when it is
   * aborted; then everything is closed.
   */
  static async open(component: Component, options: PoolOptions, signal: AbortSignal): Promise<InstancePool> {
    signal.throwIfAborted();
    const pool = new InstancePool(component, options);
    try {
      await pool.#crew.mustered(signal);
      return pool;
    } catch (thrown) {
      await pool.#crew.dismiss('the pool did not open');
      pool.#closed.abort();
      signal.throwIfAborted();
      throw new SluiceError('SLU2006', `no instance of the component can be made: ${reasonOf(thrown)}`, {
        cause: thrown,
        place: { component: component.name },
      });
    }
  }

  private constructor(component: Component, options: PoolOptions) {
    const instances = Math.max(1, Math.floor(options.instances / options.threads));
    const { grants, isolation, maxCalls, outputBytes, state, stores = new Map(), clock } = options;
    const log = options.log.child({ component: component.name });
    const closed = this.#closed.signal;
    const serving = { component: component.name, grants, outputBytes, state, stores, clock, log, closed };
    const services = new Services(capabilities, serving);
    const start = { component, grants, isolation, maxCalls, outputBytes, instances };
    const { budgetBytes } = options;
    const thread: ThreadOptions = {
      open: (listener, busy) =>
        options.host === 'process'
          ? new ProcessHost(start, { budgetBytes, busy }, listener)
          : new ThreadHost(start, listener, { budget: { budgetBytes, busy } }),
      services,
      takeBehind: (call) => this.#distributor.queue.takeBehind(call),
      instanceBytes: component.memoryBytes,
      budgetBytes,
    };
    this.#crew = new Crew(
      { threads: options.threads, start: (listener) => new Thread(thread, listener), clock, log },
      {
        ready: () => this.#distribute(),
        reported: (report) => this.#reported(report),
        lost: ({ kind }) => options.threadEnded?.(kind),
        returned: (calls) => this.#takeBack(calls),
        hopeless: (reason) => this.#giveUp(reason),
      },
    );
    this.#distributor = new Distributor(this.#crew.ready, component.suspends ? instances : 1, (calls) =>
      this.#takeBack(calls),
    );
  }

  /** Accepts a call. While the pool is closing, the call finishes as `cancelled` before this returns. */
  submit(call: Call): void {
    this.#accept(call, monotonicMs());
  }

  /**
   * Closes this pool in favour of another: what runs finishes here. The successor runs everything else, including calls that a lost thread
   * leaves behind later. Resolves when nothing runs here any more and the threads are gone.
   */
  giveWayTo(successor: InstancePool): Promise<void> {
    this.#successor = successor;
    const closed = this.drain();
    for (const thread of this.#crew.ready) thread.revoke((calls) => this.#takeBack(calls));
    this.#handOver(successor);
    return closed.then(() => successor.#adopt(this.#crew.left));
  }

  /** Calls of that source are withheld from now on (`Call.withheld`): what no thread has begun is taken back, and waits. */
  withhold(source: unknown): void {
    for (const thread of this.#crew.ready) {
      if (thread.hasOf(source)) thread.revoke((calls) => this.#takeBack(calls));
    }
  }

  /** Calls that were withheld may go. */
  resume(): void {
    this.#distribute();
  }

  /** Calls of that source that no thread has begun finish as `cancelled`: all, or those that are lost by that signal. */
  withdraw(source: unknown, loss?: AbortSignal): void {
    const isMeant = ({ call }: PooledCall): boolean =>
      call.source === source && (loss === undefined || call.loss === loss);
    const withdrawQueued = (): void => {
      for (const call of this.#distributor.queue.takeOf(source, isMeant)) call.finishUnstarted(CANCELLED);
    };
    withdrawQueued();
    for (const thread of this.#crew.ready) {
      thread.revoke((calls) => {
        // A stuck thread may have returned others meanwhile.
        withdrawQueued();
        for (const each of calls) if (isMeant(each)) each.finishUnstarted(CANCELLED);
        this.#takeBack(calls.filter(({ finished }) => !finished));
      });
    }
  }

  /** Finishes all calls of that source as `cancelled`. A thread that runs one is ended, and its other calls run again on the next. */
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
      queued: this.#distributor.queue.size,
      running: threads.reduce((sum, { load }) => sum + load, 0),
      abandoned: this.#crew.left.size,
      abandonedBytes: [...this.#crew.left].reduce((sum, { mayHoldBytes }) => sum + mayHoldBytes, 0),
    };
  }

  async #close(): Promise<void> {
    if (this.#unfinished > 0) await this.#idle.promise;
    this.#distributor.stop();
    await this.#crew.dismiss('the pool is closed');
    this.#closed.abort();
  }

  /** Whether calls of that lane wait or run here: new ones must wait behind them. */
  holds(source: unknown, lane: string): boolean {
    return this.#distributor.queue.holds(source, lane);
  }

  #accept(call: Call, submittedMs: number): void {
    const behind = call.lane !== undefined && this.holds(call.source, call.lane);
    if (this.#successor !== undefined && !behind) return this.#successor.#accept(call, submittedMs);
    this.#unfinished += 1;
    const pooled = new PooledCall(call, submittedMs, this.#finished);
    if (this.#successor !== undefined) this.#distributor.queue.add(pooled);
    else if (this.#closing === undefined) this.#distributor.add(pooled);
    else pooled.finishUnstarted({ kind: 'cancelled', reason: 'the pool is closing' });
  }

  #adopt(left: Iterable<LeftThread>): void {
    if (this.#successor !== undefined) return this.#successor.#adopt(left);
    for (const each of left) this.#crew.adopt(each);
  }

  /** What waits behind a call that still runs here stays until that has ended. */
  #handOver(successor: InstancePool): void {
    for (const { call, submittedMs } of this.#distributor.queue.takeFree()) {
      successor.#accept(call, submittedMs);
      this.#ended();
    }
  }

  /** One function for all calls. */
  readonly #finished = (call: PooledCall): void => {
    this.#distributor.queue.over(call);
    if (this.#successor !== undefined) this.#handOver(this.#successor);
    this.#ended();
  };

  #ended(): void {
    this.#unfinished -= 1;
    if (this.#unfinished === 0 && this.#closing !== undefined) this.#idle.resolve();
  }

  #distribute(): void {
    if (this.#successor === undefined) this.#distributor.distribute();
  }

  #reported(report: ThreadReport): void {
    this.#distributor.note(report);
    this.#distribute();
  }

  #takeBack(calls: readonly PooledCall[]): void {
    this.#distributor.queue.putBack(calls);
    if (this.#successor === undefined) this.#distributor.distribute();
    else this.#handOver(this.#successor);
  }

  #giveUp(reason: string): void {
    const calls = this.#distributor.queue.takeFree();
    const heads = new Map(calls.toReversed().map((call) => [call.chain ?? call, call]));
    const isHead = (call: PooledCall): boolean => heads.get(call.chain ?? call) === call;
    for (const call of calls) if (!isHead(call)) call.giveBack();
    for (const call of calls.filter(isHead)) {
      call.finishUnstarted({ kind: 'trapped', cause: 'instantiation', reason: `no instance can be made: ${reason}` });
    }
  }
}
