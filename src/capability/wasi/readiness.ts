import type { GuestHost } from '../capability.ts';

/** Something that becomes ready by itself: an answer that arrives, a piece that is accepted. */
export interface Readiness {
  readonly ready: boolean;
  /** Calls `wake` once, when it is ready. Call the returned function to withdraw it. */
  onReady(wake: () => void): () => void;
}

/** A readiness that its owner opens and closes. */
export class Gate implements Readiness {
  readonly #waiting = new Set<() => void>();
  #ready: boolean;

  constructor(ready = false) {
    this.#ready = ready;
  }

  get ready(): boolean {
    return this.#ready;
  }

  open(): void {
    this.#ready = true;
    const waiting = [...this.#waiting];
    this.#waiting.clear();
    for (const wake of waiting) wake();
  }

  close(): void {
    this.#ready = false;
  }

  onReady(wake: () => void): () => void {
    this.#waiting.add(wake);
    return () => this.#waiting.delete(wake);
  }
}

/** Runs `then` and returns its result: at once if ready, else the guest is suspended until it is. */
export function whenReady<T>(host: GuestHost, readiness: Readiness | undefined, then: () => T): T | Promise<T> {
  if (readiness === undefined || readiness.ready) return then();
  // Only a component that suspends can get one that is not ready: see `provides`.
  if (!host.suspends) throw new TypeError('this component cannot wait');
  const opened = new Promise<void>((resolve) => void readiness.onReady(resolve));
  return host.resumed(opened).then(then);
}
