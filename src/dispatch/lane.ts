/** What a lane needs to know of a delivery. */
export interface Laned {
  readonly lane: string | undefined;
  /** Where it is in its lane; kept by the lane. */
  phase: LanePhase;
  /** Whether its answer only needs to be accepted: it has no output, and nothing about it can fail for good. */
  readonly isPlain: boolean;
  /** Hands it to the pool. */
  start(): void;
  /** It has an outcome, and it is its turn: publishes and settles, retries, or gives up. */
  conclude(): void;
  /** Gives it back to the source without charging an attempt, whatever its outcome is. */
  release(): void;
}

/** `returning`: it runs, and goes back to the source as soon as it has ended. */
export type LanePhase = 'waiting' | 'running' | 'answered' | 'concluding' | 'returning';

/**
 * The deliveries of one lane that are not settled, in their order:
 *
 *     waiting -> running -> answered -> concluding -> over
 *        ^          |
 *        +- returned, because one ahead did not complete
 *
 * - Several may be in the pool at once: it enters none before the one ahead has completed. After one that did not complete, nothing is started
 *   until everything that was started is over.
 * - Conclusions begin in order. A plain acceptance may follow others of its kind at once, since the source is told in order;
 *   any other has everything ahead of it settled, and holds up what is behind it.
 */
export class Lane<D extends Laned> {
  readonly #ahead: number;
  readonly #all: D[] = [];
  /** How many, from the first one on, were started; of these, how many conclude. */
  #started = 0;
  #concluding = 0;
  /** They conclude, and hold up the others. */
  #slow: readonly D[] = NONE;
  #halted = false;
  #isStarting = false;
  #isTurning = false;

  /** `ahead`: how many may be started and unsettled at once; with 1, each waits until the one ahead is settled. */
  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  get isEmpty(): boolean {
    return this.#all.length === 0;
  }

  enter(delivery: D): void {
    delivery.phase = 'waiting';
    this.#all.push(delivery);
    this.#start();
  }

  /** It has an outcome. */
  answered(delivery: D, completed: boolean): void {
    if (!completed) this.#halted = true;
    if (delivery.phase === 'returning') {
      this.#remove(delivery);
      delivery.release();
      this.#start();
    } else if (this.#slow.includes(delivery)) {
      delivery.conclude(); // another attempt in place
    } else {
      delivery.phase = 'answered';
      this.#turn();
    }
  }

  /** It concludes, and takes longer than was thought. */
  holdUp(delivery: D): void {
    this.#slow = [...this.#slow, delivery];
  }

  /** The pool did not start it, because one ahead of it did not complete. */
  returned(delivery: D): void {
    this.#halted = true;
    const isGoing = delivery.phase === 'returning';
    this.#started = Math.min(this.#started, this.#all.indexOf(delivery));
    delivery.phase = 'waiting';
    if (!isGoing) return;
    this.#remove(delivery);
    delivery.release();
    this.#start();
  }

  /** It is settled for good. */
  over(delivery: D): void {
    this.#remove(delivery);
    if (this.#slow.length > 0) this.#slow = this.#slow.filter((slow) => slow !== delivery);
    this.#turn();
    this.#start();
  }

  /** It is about to go back to the source: what is behind it goes back, too, now or when it has ended. */
  close(delivery: D): void {
    this.#halted = true;
    const behind = this.#all.splice(this.#all.indexOf(delivery) + 1);
    for (const one of behind) {
      if (one.phase !== 'running' && one.phase !== 'returning') continue;
      one.phase = 'returning';
      this.#all.push(one);
    }
    this.#started = this.#all.length;
    for (const one of behind) if (one.phase !== 'returning') one.release();
  }

  /** Gives back what was not started. */
  releaseWaiting(): void {
    for (const one of this.#all.splice(this.#started)) one.release();
  }

  #start(): void {
    if (this.#isStarting) return;
    this.#isStarting = true;
    if (this.#started === 0) this.#halted = false;
    while (!this.#halted && this.#started < this.#ahead) {
      const next = this.#all[this.#started];
      if (next === undefined) break;
      this.#started += 1;
      next.phase = 'running';
      next.start();
    }
    this.#isStarting = false;
  }

  #turn(): void {
    if (this.#isTurning) return;
    this.#isTurning = true;
    while (this.#slow.length === 0) {
      const next = this.#all[this.#concluding];
      if (next?.phase !== 'answered' || (!next.isPlain && this.#concluding > 0)) break;
      this.#concluding += 1;
      next.phase = 'concluding';
      if (!next.isPlain) this.holdUp(next);
      next.conclude();
    }
    this.#isTurning = false;
  }

  #remove(delivery: D): void {
    const place = this.#all.indexOf(delivery);
    if (place === -1) return;
    if (place === 0) this.#all.shift();
    else this.#all.splice(place, 1);
    if (place < this.#started) this.#started -= 1;
    if (place < this.#concluding) this.#concluding -= 1;
  }
}

const NONE: readonly never[] = [];
