import { CallQueue } from './call-queue.ts';
import { MOST_EVENTS, Pace } from './pace.ts';
import type { PooledCall } from './pooled-call.ts';
import type { Thread } from './thread.ts';
import type { ThreadReport } from './wire/thread-messages.ts';

/** How often to look for calls that are stuck behind another. */
const RESCUE_MS = 10;
/** Fewer are not worth the sending to another thread. */
const LEAST_SHARE = 8;

/**
 * Gives waiting calls to threads: to the least loaded first, to each about as many as to the others, and to none more than it needs to be
 * busy until it reports again.
 */
export class Distributor {
  readonly queue = new CallQueue();
  readonly #threads: ReadonlySet<Thread>;
  readonly #concurrency: number;
  readonly #pace = new Pace();
  #soon: NodeJS.Immediate | undefined;
  #rescue: NodeJS.Timeout | undefined;

  /** `threads` that can take calls, at any moment; `concurrency` calls of each can be under way at once. */
  constructor(threads: ReadonlySet<Thread>, concurrency: number) {
    this.#threads = threads;
    this.#concurrency = concurrency;
  }

  /** Sends it when a batch is full, or at the end of this turn of the event loop. */
  add(call: PooledCall): void {
    this.queue.add(call);
    if (this.queue.size % MOST_EVENTS === 0) this.distribute();
    else this.#soon ??= setImmediate(() => this.distribute());
  }

  /** They were given to a thread, which has not begun them. */
  putBack(calls: readonly PooledCall[]): void {
    this.queue.putBack(calls);
    this.#soon ??= setImmediate(() => this.distribute());
  }

  /** Learns from a thread how long calls take. */
  note({ events, guestMs }: ThreadReport): void {
    this.#pace.note(events, guestMs);
  }

  /** To be called whenever a thread may have room, or calls were put back. */
  distribute(): void {
    clearImmediate(this.#soon);
    this.#soon = undefined;
    const share = Math.max(LEAST_SHARE, Math.ceil(this.queue.size / this.#threads.size));
    for (let first = this.queue.peek(); first !== undefined; first = this.queue.peek()) {
      const thread = this.#leastLoaded();
      if (thread === undefined) break;
      // A suspect shares a thread with nobody.
      if (first.suspect && thread.load > 0) break;
      const portion = first.suspect ? 1 : Math.min(share, this.#pace.portion(thread.load, this.#concurrency));
      if (portion === 0) break;
      const take = first.suspect ? () => this.queue.take() : () => this.queue.takeUnsuspected();
      for (const { call, reason } of thread.give(take, portion)) call.finishUnstarted({ kind: 'rejected', reason });
    }
    if (this.#threads.size > 1 && this.#rescue === undefined) {
      this.#rescue = setTimeout(() => this.#rescueStuck(), RESCUE_MS);
    }
  }

  stop(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#rescue);
  }

  /** Of those that take calls. One that is stuck doesn't, unless there is no other. */
  #leastLoaded(): Thread | undefined {
    let least: Thread | undefined;
    for (const thread of this.#threads) {
      const takes = thread.open && (this.#threads.size === 1 || !thread.stuck);
      if (takes && (least === undefined || thread.load < least.load)) least = thread;
    }
    return least;
  }

  /** Calls that wait in a stuck thread go to another that has room. Looks again as long as there is work. */
  #rescueStuck(): void {
    this.#rescue = undefined;
    let busy = false;
    for (const thread of this.#threads) {
      busy ||= thread.load > 0;
      if (thread.load > 1 && thread.stuck && this.#leastLoaded() !== undefined) {
        thread.revoke((calls) => this.putBack(calls));
      }
    }
    if (busy) this.distribute();
  }
}
