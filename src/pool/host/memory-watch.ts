import { monotonicMs } from '../wire/monotonic.ts';
import type { RunningCalls } from '../wire/running-mark.ts';

/** How often to look while any thread has calls; a look takes some 50 us. */
const LOOK_MS = 50;

/** A thread of guests in this process. */
export interface WatchedThread {
  /** How much the process may grow while one guest is on the stack of this thread. */
  readonly budgetBytes: number;
  /** It has calls, is starting, or should have ended and is still there: it may take memory. */
  readonly busy: boolean;
  running(nowMs: number): RunningCalls | undefined;
  /**
   * The process grew by more than the budget while this call had its guest on the stack without a pause. `alone`: no other thread of the
   * process ran guests meanwhile.
   */
  overBudget(grownBytes: number, first: number, alone: boolean): void;
}

/** One guest's time on the stack of its thread, from the first look that found it there. */
interface Stay {
  readonly first: number;
  /** When the guest came on the stack, of the monotonic clock. */
  readonly sinceMs: number;
  /** Of the process since then. */
  grown: number;
  /** The part of it that came while no other thread had calls. */
  grownAlone: number;
  /** Threads that had calls meanwhile, its own included. */
  readonly beside: Set<WatchedThread>;
}

interface Level {
  readonly rss: number;
  /** The part that the main thread holds, by its own count. */
  readonly main: number;
}

/**
 * Watches how this process grows while its threads run guests. Nothing else sees what V8 takes for a guest outside of its heap and its
 * memories, and a guest on the stack can't be asked. All threads share the memory, so it is an estimate: growth counts against a guest only
 * while it is on the stack without a pause, and against it alone only while no other thread has calls. What main takes or frees is not counted.
 */
export class MemoryWatch {
  readonly #held: () => Level;
  readonly #threads = new Set<WatchedThread>();
  readonly #stays = new Map<WatchedThread, Stay>();
  /** Threads that had calls at some time since the last look. */
  #active = new Set<WatchedThread>();
  #level: Level = { rss: 0, main: 0 };
  #timer: NodeJS.Timeout | undefined;

  constructor(held: () => Level = heldHere) {
    this.#held = held;
  }

  /** The thread is about to have something to do. */
  began(thread: WatchedThread): void {
    this.#threads.add(thread);
    this.#active.add(thread);
    if (this.#timer !== undefined) return;
    this.#level = this.#held();
    this.#timer = setInterval(() => this.look(), LOOK_MS);
    this.#timer.unref();
  }

  /** The thread is gone. */
  ended(thread: WatchedThread): void {
    this.#threads.delete(thread);
    this.#stays.delete(thread);
  }

  /** Compares with the last look. */
  look(): void {
    const nowMs = monotonicMs();
    const grown = this.#growth();
    const active = this.#active;
    this.#active = new Set([...this.#threads].filter(({ busy }) => busy));
    for (const thread of this.#active) active.add(thread);
    for (const thread of this.#threads) this.#note(thread, nowMs, grown, active);
    if (this.#active.size > 0) return;
    clearInterval(this.#timer);
    this.#timer = undefined;
  }

  #growth(): number {
    const before = this.#level;
    this.#level = this.#held();
    return this.#level.rss - before.rss - Math.max(0, this.#level.main - before.main);
  }

  #note(thread: WatchedThread, nowMs: number, grown: number, active: ReadonlySet<WatchedThread>): void {
    const running = thread.running(nowMs);
    const stay = this.#stays.get(thread);
    if (running === undefined) return void this.#stays.delete(thread);
    const sinceMs = Math.floor(nowMs) - running.heldMs;
    if (stay?.first !== running.first || stay.sinceMs !== sinceMs) {
      this.#stays.set(thread, { first: running.first, sinceMs, grown: 0, grownAlone: 0, beside: new Set([thread]) });
      return;
    }
    for (const each of active) stay.beside.add(each);
    stay.grown += grown;
    if (grown < 0 || active.size === 1) stay.grownAlone += grown;
    if (stay.grownAlone > thread.budgetBytes) thread.overBudget(stay.grownAlone, stay.first, true);
    else if (stay.beside.size > 1 && stay.grown > budgetOf(stay.beside)) {
      thread.overBudget(stay.grown, stay.first, false);
    }
  }
}

function budgetOf(threads: ReadonlySet<WatchedThread>): number {
  return [...threads].reduce((sum, { budgetBytes }) => sum + budgetBytes, 0);
}

function heldHere(): Level {
  const { rss, heapTotal, external } = process.memoryUsage();
  return { rss, main: heapTotal + external };
}

/** The watch of this process: its threads share one memory. */
export const memoryWatch = new MemoryWatch();
