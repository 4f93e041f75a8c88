import type { Run } from './run.ts';

/** Whose call runs on an instance, and what is to be done when that ends. Host functions know it before the instance exists. */
export class Occupancy {
  run: Run | undefined;
  #discarded = false;
  #afterCall: (() => void)[] = [];
  readonly #atDiscard: (() => void)[] = [];

  get discarded(): boolean {
    return this.#discarded;
  }

  /** See GuestHost.afterCall. */
  afterCall(step: () => void): void {
    this.#afterCall.push(step);
  }

  /** See GuestHost.atDiscard. */
  atDiscard(step: () => void): void {
    this.#atDiscard.push(step);
  }

  /** The call has ended; what is still said now belongs to it. */
  callEnded(): void {
    if (this.#afterCall.length > 0) {
      const steps = this.#afterCall;
      this.#afterCall = [];
      for (const step of steps) step();
    }
    this.run = undefined;
  }

  discard(): void {
    this.#discarded = true;
    for (const step of this.#atDiscard.splice(0)) step();
  }
}
