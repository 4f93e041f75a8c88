/** What lanes need to know of a delivery. */
export interface Laned {
  readonly lane: string | undefined;
  /** Hands it to the pool. */
  start(): void;
  /** Gives it back to the source, uncharged. */
  release(): void;
}

/**
 * Deliveries of one lane run one at a time, in the order in which they were taken; lanes run side by side.
 *
 * A lane is *closed* when its head goes back to the source (a retry, or a release): what was taken behind it must go back too, or it would
 * overtake. The source gives nothing of the lane before the head from then on, but a `take` that was under way may still bring some that
 * it had already picked. So the lane stays closed until that take has come back; what it brings is given back as well.
 */
export class Lanes<D extends Laned> {
  /** Present: the lane's head runs. The queue holds what waits behind it. */
  readonly #queues = new Map<string, D[]>();
  /** Closed lanes, with the number of the take after which they open again; Infinity until the source confirmed. */
  readonly #closed = new Map<string, number>();
  #pendingTake: number | undefined;
  #takes = 0;

  /** A take begins. At most one is pending. */
  taking(): void {
    this.#takes += 1;
    this.#pendingTake = this.#takes;
  }

  /** The pending take came back with these. Starts each now or when its lane is free, or gives it back when its lane is closed. */
  taken(deliveries: readonly D[]): void {
    for (const delivery of deliveries) this.#enter(delivery);
    for (const [lane, until] of this.#closed) if (until <= this.#takes) this.#closed.delete(lane);
    this.#pendingTake = undefined;
  }

  /** The head of its lane was settled for good: the next one starts. */
  finished(delivery: D): void {
    const queue = this.#queueOf(delivery);
    if (queue === undefined) return;
    const next = queue.shift();
    if (next === undefined) this.#queues.delete(delivery.lane!);
    else next.start();
  }

  /** The head of its lane is about to go back to the source: what waits behind it goes back now. */
  close(delivery: D): void {
    const queue = this.#queueOf(delivery);
    if (queue === undefined) return;
    this.#queues.delete(delivery.lane!);
    this.#closed.set(delivery.lane!, Infinity);
    for (const behind of queue) behind.release();
  }

  /** The source confirmed (or lost) the settlement of the head that closed its lane. */
  confirmed(delivery: D): void {
    if (delivery.lane === undefined || this.#closed.get(delivery.lane) !== Infinity) return;
    if (this.#pendingTake === undefined) this.#closed.delete(delivery.lane);
    else this.#closed.set(delivery.lane, this.#pendingTake);
  }

  /** Gives back everything that has not started. */
  releaseWaiting(): void {
    for (const queue of this.#queues.values()) for (const waiting of queue.splice(0)) waiting.release();
  }

  #enter(delivery: D): void {
    const { lane } = delivery;
    if (lane === undefined) return delivery.start();
    if (this.#closed.has(lane)) return delivery.release();
    const queue = this.#queues.get(lane);
    if (queue !== undefined) {
      queue.push(delivery);
      return;
    }
    this.#queues.set(lane, []);
    delivery.start();
  }

  #queueOf({ lane }: D): D[] | undefined {
    return lane === undefined ? undefined : this.#queues.get(lane);
  }
}
