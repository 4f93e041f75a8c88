import { CallQueue } from './queue/call-queue.ts';
import { MOST_EVENTS, Pace } from './queue/pace.ts';
import type { PooledCall } from './call.ts';
import type { Thread } from './crew/thread.ts';
import type { ThreadReport } from './wire/thread-messages.ts';

/** How often to look for calls that wait behind a slow one. */
const RESCUE_MS = 10;
/** Sending fewer to another thread costs more than it gains. */
const LEAST_SHARE = 8;

/**
 * Gives waiting calls to threads: to the least loaded first, about equally many to each, and never more than keep a thread busy until its
 * next report.
 */
export class Distributor {
  readonly queue: CallQueue;
  readonly #threads: ReadonlySet<Thread>;
  readonly #concurrency: number;
  readonly #takenBack: (calls: readonly PooledCall[]) => void;
  readonly #pace = new Pace();
  #soon: NodeJS.Immediate | undefined;
  #rescue: NodeJS.Timeout | undefined;

  /**
   * `threads`: those that can take calls, a live set. Each can run `concurrency` calls at once. `takenBack` gets calls that a stuck thread had
   * and has not begun.
   */
  constructor(threads: ReadonlySet<Thread>, concurrency: number, takenBack: (calls: readonly PooledCall[]) => void) {
    this.#threads = threads;
    this.#concurrency = concurrency;
    this.#takenBack = takenBack;
    // A suspended call holds up only its lane. So a thread gets few calls of one lane at first.
    const leastMs = concurrency > 1 ? new Pace().averageMs : 0;
    this.queue = new CallQueue(() => Math.max(leastMs, this.#pace.averageMs));
  }

  /** Queues it, to be sent when a batch is full or at the end of this turn of the event loop. */
  add(call: PooledCall): void {
    this.queue.add(call);
    if (this.queue.size % MOST_EVENTS === 0) this.distribute();
    else this.#soon ??= setImmediate(() => this.distribute());
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
    for (;;) {
      const thread = this.#leastLoaded((each) => this.queue.peek(each) !== undefined);
      const first = thread && this.queue.peek(thread);
      if (thread === undefined || first === undefined) break;
      // A suspect shares its thread with no other call.
      if (first.suspect && thread.load > 0) break;
      const portion = first.suspect ? 1 : Math.min(share, this.#pace.portion(thread.load, this.#concurrency));
      if (portion === 0) break;
      const take = first.suspect ? () => this.queue.take(thread) : this.#takeShare(thread, share);
      for (const { call, behind, reason } of thread.give(take, portion)) {
        for (const each of behind) each.giveBack();
        call.finishUnstarted({ kind: 'rejected', reason });
      }
    }
    this.#rescue ??= setTimeout(() => this.#rescueStuck(), RESCUE_MS);
  }

  stop(): void {
    clearImmediate(this.#soon);
    clearTimeout(this.#rescue);
  }

  /** Takes for one thread and leaves the others their share. A chain counts with all its waiting calls, since they go to the same thread. */
  #takeShare(thread: Thread, share: number): () => PooledCall | undefined {
    let left = share;
    return () => {
      const call = this.queue.takeUnsuspected(thread, left > 0);
      if (call !== undefined && !call.continues) left -= 1 + (call.chain?.waiting.length ?? 0);
      return call;
    };
  }

  /** The least loaded thread that takes calls and that `which` selects. A stuck thread takes none, unless it is the only one. */
  #leastLoaded(which: (thread: Thread) => boolean = () => true): Thread | undefined {
    let least: Thread | undefined;
    for (const thread of this.#threads) {
      const takes = thread.open && (this.#threads.size === 1 || !thread.stuck);
      if (takes && (least === undefined || thread.load < least.load) && which(thread)) least = thread;
    }
    return least;
  }

  /**
   * Moves calls that wait in a stuck thread to one that has room. Calls of a chain can't move, but others may pass them. Repeats while there
   * is work.
   */
  #rescueStuck(): void {
    this.#rescue = undefined;
    let busy = false;
    for (const thread of this.#threads) {
      busy ||= thread.load > 0;
      if (thread.load < 2 || !thread.stuck) continue;
      const another = this.#threads.size > 1 && this.#leastLoaded() !== undefined;
      if (another || this.queue.hasChain(thread)) thread.revoke(this.#takenBack);
    }
    if (busy) this.distribute();
  }
}
