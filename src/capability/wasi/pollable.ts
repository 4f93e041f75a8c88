import type { GuestHost } from '../capability.ts';
import { HostResource } from '../host-resource.ts';

/** In one call of `poll`: an instance holds no more (see HostResource), though it may give one of them again and again. */
const MOST_POLLED = 1024;

/** Nobody ever wakes who waits on it. */
const NEVER = new Int32Array(new SharedArrayBuffer(4));

/** Something to wait for: a moment on the monotonic clock. Files, log and standard input are always ready, and so are their pollables. */
export class Pollable extends HostResource {
  readonly #due: bigint;
  #timer: NodeJS.Timeout | undefined;

  constructor(host: GuestHost, due: bigint) {
    super(host);
    this.#due = due;
  }

  static ready(host: GuestHost): Pollable {
    return new Pollable(host, 0n);
  }

  ready(): boolean {
    return monotonicNs() >= this.#due;
  }

  /** Suspends the guest where that is possible, else holds the thread: which of them is decided when the component is loaded. */
  block(): void | Promise<void> {
    if (this.ready()) return;
    if (this.host.suspends) return this.host.resumed(this.#reached());
    for (let ms = timerMs(this.#due); ms > 0; ms = timerMs(this.#due)) Atomics.wait(NEVER, 0, 0, ms);
  }

  /** Generated code makes an empty object of a handle that it doesn't know. */
  static is(pollable: Pollable): boolean {
    return #due in pollable;
  }

  /** The one of `pollables` that is ready first. */
  static earliest(pollables: readonly Pollable[]): Pollable | undefined {
    let earliest: Pollable | undefined;
    for (const pollable of pollables) if (earliest === undefined || pollable.#due < earliest.#due) earliest = pollable;
    return earliest;
  }

  async #reached(): Promise<void> {
    for (let ms = timerMs(this.#due); ms > 0; ms = timerMs(this.#due)) {
      await new Promise<void>((resolve) => (this.#timer = setTimeout(resolve, ms)));
    }
  }

  /** A wait of a discarded instance never ends: its guest is not to be resumed. */
  protected override release(): void {
    clearTimeout(this.#timer);
  }
}

/** Waits until one of them is ready, and answers with the places of all that are. */
export function poll(pollables: readonly Pollable[]): Uint32Array | Promise<Uint32Array> {
  if (pollables.length > MOST_POLLED) return failing(`with more than ${MOST_POLLED} handles`);
  if (!pollables.every((pollable) => Pollable.is(pollable))) return failing('with a handle that is none');
  const earliest = Pollable.earliest(pollables);
  if (earliest === undefined) return failing('with nothing to wait for');
  const blocked = earliest.block();
  return blocked === undefined ? readyOnes(pollables) : blocked.then(() => readyOnes(pollables));
}

function readyOnes(pollables: readonly Pollable[]): Uint32Array {
  return Uint32Array.from(pollables.flatMap((pollable, place) => (pollable.ready() ? [place] : [])));
}

/**
 * An answer that can't be read. A guest that misuses `poll` must trap, but jco-transpile 0.15 leaves a call hanging when a suspending
 * function throws that has no `result` type; what is thrown while its answer is read ends the call.
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

/** Milliseconds for a timer that ends when `due` has come or, when that is far off, earlier. 0: it has come. */
function timerMs(due: bigint): number {
  const left = due - monotonicNs();
  if (left <= 0n) return 0;
  // Rounded up: a timer that ends too early only has to be started again.
  return Math.min(Number(left / NS_PER_MS) + 1, LONGEST_TIMER_MS);
}
