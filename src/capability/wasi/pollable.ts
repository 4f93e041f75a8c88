import type { GuestHost } from '../capability.ts';
import { HostResource } from '../host-resource.ts';
import type { Readiness } from './readiness.ts';

/** The most pollables of one call of `poll`. An instance holds no more (see HostResource), but may pass the same one many times. */
const MOST_POLLED = 1024;

/** A wait on it never ends. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/**
 * Something to wait for: a moment on the monotonic clock, or progress of an HTTP request. Pollables of files, the log and standard input are always
 * ready.
 */
export class Pollable extends HostResource {
  readonly #due: bigint;
  readonly #readiness: Readiness | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `readiness` replaces the moment. */
  constructor(host: GuestHost, due: bigint, readiness?: Readiness) {
    super(host);
    this.#due = due;
    this.#readiness = readiness;
  }

  static ready(host: GuestHost): Pollable {
    return new Pollable(host, 0n);
  }

  /** Absent: ready. */
  static on(host: GuestHost, readiness: Readiness | undefined): Pollable {
    return new Pollable(host, 0n, readiness);
  }

  ready(): boolean {
    return this.#readiness?.ready ?? monotonicNs() >= this.#due;
  }

  /** Suspends the guest if possible, else holds the thread. Which of the two is decided when the component is loaded. */
  block(): void | Promise<void> {
    return Pollable.firstOf([this]);
  }

  /** Waits, as `block` does, until one of them is ready. At least one. */
  static firstOf(pollables: readonly Pollable[]): void | Promise<void> {
    if (pollables.some((pollable) => pollable.ready())) return;
    const earliest = pollables.reduce((first, next) => (next.#isBefore(first) ? next : first));
    if (earliest.host.suspends) return earliest.host.resumed(earliest.#orOneOf(pollables));
    if (earliest.#readiness !== undefined) throw new TypeError('this component cannot wait');
    for (let ms = timerMs(earliest.#due); ms > 0; ms = timerMs(earliest.#due)) Atomics.wait(NEVER, 0, 0, ms);
  }

  /** Orders by moment; pollables without a moment come last. */
  #isBefore(other: Pollable): boolean {
    return this.#readiness === undefined && (other.#readiness !== undefined || this.#due < other.#due);
  }

  /** Waits for its own moment or any of the others, and withdraws from all of them when the wait is over. */
  async #orOneOf(pollables: readonly Pollable[]): Promise<void> {
    const { promise, resolve } = Promise.withResolvers<void>();
    const others = pollables.flatMap((pollable) => pollable.#readiness?.onReady(resolve) ?? []);
    if (this.#readiness === undefined) this.#wakeAtMoment(resolve);
    await promise;
    clearTimeout(this.#timer);
    for (const takeBack of others) takeBack();
  }

  #wakeAtMoment(wake: () => void): void {
    const ms = timerMs(this.#due);
    if (ms > 0) this.#timer = setTimeout(() => this.#wakeAtMoment(wake), ms);
    else wake();
  }

  /** A wait of a discarded instance never ends: its guest must not be resumed. */
  protected override release(): void {
    clearTimeout(this.#timer);
  }
}

/** Waits until one of them is ready, and answers with the places of all that are. */
export function poll(pollables: readonly Pollable[]): Uint32Array | Promise<Uint32Array> {
  if (pollables.length > MOST_POLLED) return failing(`with more than ${MOST_POLLED} handles`);
  if (pollables.length === 0) return failing('with nothing to wait for');
  const blocked = Pollable.firstOf(pollables);
  return blocked === undefined ? readyOnes(pollables) : blocked.then(() => readyOnes(pollables));
}

function readyOnes(pollables: readonly Pollable[]): Uint32Array {
  return Uint32Array.from(pollables.flatMap((pollable, place) => (pollable.ready() ? [place] : [])));
}

/**
 * An answer that throws when it is read. A guest that misuses `poll` must trap, but jco-transpile 0.15 leaves a call hanging if a suspending
 * function without a `result` type throws. An error thrown while the answer is read ends the call.
 */
function failing(misuse: string): Uint32Array {
  return Object.defineProperty(new Uint32Array(), 'length', {
    get: () => {
      throw new Error(`wasi:io/poll was called ${misuse}`);
    },
  });
}

/** Nanoseconds since some moment; never goes back. */
export const monotonicNs = (): bigint => process.hrtime.bigint();

const NS_PER_MS = 1_000_000n;
/** A timer holds at most 2^31-1 ms. */
const LONGEST_TIMER_MS = 2 ** 30;

/** Milliseconds for a timer that ends at `due`, or earlier if `due` is far off. 0: `due` has passed. */
function timerMs(due: bigint): number {
  const left = due - monotonicNs();
  if (left <= 0n) return 0;
  // Rounded up: a timer that ends too early only has to be started again.
  return Math.min(Number(left / NS_PER_MS) + 1, LONGEST_TIMER_MS);
}
