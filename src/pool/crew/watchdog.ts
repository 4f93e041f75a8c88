import { monotonicMs } from '../wire/monotonic.ts';
import type { RunningCalls } from '../wire/running-mark.ts';

/** A thread ends its suspended calls itself, within a tick or two of their deadlines. If it has not done so for this long, it is stalled. */
const STALLED_MS = 2000;
/** Main may have been busy itself: it handles waiting messages of the thread within this time. */
const SECOND_LOOK_MS = 100;

/** What a watchdog reports, once. */
export interface Watched {
  /** The guest of this call, the first of those that share it, is on the stack past its deadline. */
  overdue(first: number): void;
  /** No guest is on the stack, and no message came for longer than any call may take. */
  stalled(): void;
}

/** Shows which call has its guest on the stack: a RunningMark, or a host's own view. */
interface Mark {
  read(nowMs: number): RunningCalls | undefined;
}

/**
 * Watches one thread from main. It looks at the earliest time at which a deadline can have passed, then at the next: about once a timeout, at
 * no cost to calls.
 */
export class Watchdog {
  readonly #mark: Mark;
  readonly #watched: Watched;
  /** Of the calls that the thread was given since it was last idle for long. */
  #shortestMs = Infinity;
  #longestMs = 0;
  #heardMs = 0;
  #busy = false;
  #doubtful = false;
  #timer: NodeJS.Timeout | undefined;

  constructor(mark: Mark, watched: Watched) {
    this.#mark = mark;
    this.#watched = watched;
  }

  /** The thread was given calls; these are their shortest and longest timeouts. */
  given(shortestMs: number, longestMs: number): void {
    if (!this.#busy) this.heard(true);
    this.#longestMs = Math.max(this.#longestMs, longestMs);
    if (shortestMs >= this.#shortestMs) return;
    this.#shortestMs = shortestMs;
    this.#lookIn(shortestMs);
  }

  /** A message of the thread came. `busy`: it still has calls. */
  heard(busy: boolean): void {
    this.#heardMs = monotonicMs();
    this.#busy = busy;
    this.#doubtful = false;
  }

  stop(): void {
    clearTimeout(this.#timer);
  }

  #look(): void {
    if (!this.#busy) {
      this.#shortestMs = Infinity;
      this.#longestMs = 0;
      return;
    }
    const nowMs = monotonicMs();
    const running = this.#mark.read(nowMs);
    if (running !== undefined && running.leftMs < 0) this.#watched.overdue(running.first);
    else if (running === undefined && nowMs - this.#heardMs > this.#longestMs + STALLED_MS) this.#doubt();
    // A call that is entered after this look has at least the shortest timeout ahead of it.
    else this.#lookIn(Math.min(this.#shortestMs, running?.leftMs ?? Infinity));
  }

  #doubt(): void {
    if (this.#doubtful) {
      this.#watched.stalled();
      return;
    }
    this.#doubtful = true;
    this.#lookIn(SECOND_LOOK_MS);
  }

  #lookIn(ms: number): void {
    clearTimeout(this.#timer);
    this.#timer = setTimeout(() => this.#look(), ms + 1);
  }
}
