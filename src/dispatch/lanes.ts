import { Lane, type Laned } from './lane.ts';

/**
 * The lanes of one trigger, side by side.
 *
 * A lane is *closed* when a delivery of it goes back to the source (a retry or a release): what was taken behind it must go back too, or it
 * would overtake. From then on the source gives that delivery first, but a pending `take` may still bring others that it had already picked.
 * So the lane stays closed until that take has returned; what it brings goes back as well.
 */
export class Lanes<D extends Laned> {
  readonly #ahead: number;
  /** Those with unsettled deliveries. */
  readonly #lanes = new Map<string, Lane<D>>();
  /** Closed lanes, with the number of the take after which they open again; Infinity until the source confirmed. */
  readonly #closed = new Map<string, number>();
  #pendingTake: number | undefined;
  #takes = 0;
  #isEnding = false;

  /** `ahead`: how many of a lane may be started and unsettled at once, at least 1. */
  constructor(ahead: number) {
    this.#ahead = ahead;
  }

  /** A take begins. At most one is pending. */
  taking(): void {
    this.#takes += 1;
    this.#pendingTake = this.#takes;
  }

  /** The pending take returned these. Each is started when its lane allows, or goes back if its lane is closed. */
  taken(deliveries: readonly D[]): void {
    for (const delivery of deliveries) this.#enter(delivery);
    for (const [lane, until] of this.#closed) if (until <= this.#takes) this.#closed.delete(lane);
    this.#pendingTake = undefined;
  }

  /** It has an outcome, and concludes in its turn. */
  answered(delivery: D, completed: boolean): void {
    const lane = this.#laneOf(delivery);
    if (lane === undefined) return delivery.conclude();
    lane.answered(delivery, completed);
    this.#forgetIfEmpty(delivery, lane);
  }

  /** Its acceptance is not confirmed and has to wait: so does what is behind it. */
  delayed(delivery: D): void {
    this.#laneOf(delivery)?.holdUp(delivery);
  }

  /** The pool gave it back unstarted. */
  returned(delivery: D): void {
    const lane = this.#laneOf(delivery);
    if (lane === undefined) return delivery.release();
    lane.returned(delivery);
    if (this.#isEnding) lane.releaseWaiting();
    this.#forgetIfEmpty(delivery, lane);
  }

  /** It is settled. */
  over(delivery: D): void {
    const lane = this.#laneOf(delivery);
    lane?.over(delivery);
    this.#forgetIfEmpty(delivery, lane);
  }

  /** It is about to go back to the source. */
  close(delivery: D): void {
    const lane = this.#laneOf(delivery);
    if (lane === undefined) return;
    this.#closed.set(delivery.lane!, Infinity);
    lane.close(delivery);
  }

  /** The source confirmed (or lost) the settlement of the delivery that closed its lane. */
  confirmed(delivery: D): void {
    if (delivery.lane === undefined || this.#closed.get(delivery.lane) !== Infinity) return;
    if (this.#pendingTake === undefined) this.#closed.delete(delivery.lane);
    else this.#closed.set(delivery.lane, this.#pendingTake);
  }

  /** Nothing more is taken: gives back what has not started, and from now on what the pool returns unstarted. */
  releaseWaiting(): void {
    this.#isEnding = true;
    for (const lane of this.#lanes.values()) lane.releaseWaiting();
  }

  #enter(delivery: D): void {
    const { lane: name } = delivery;
    if (name === undefined) return delivery.start();
    if (this.#closed.has(name)) return delivery.release();
    let lane = this.#lanes.get(name);
    if (lane === undefined) this.#lanes.set(name, (lane = new Lane<D>(this.#ahead)));
    lane.enter(delivery);
    this.#forgetIfEmpty(delivery, lane);
  }

  #laneOf({ lane }: D): Lane<D> | undefined {
    return lane === undefined ? undefined : this.#lanes.get(lane);
  }

  #forgetIfEmpty({ lane: name }: D, lane: Lane<D> | undefined): void {
    if (name !== undefined && lane?.isEmpty === true && this.#lanes.get(name) === lane) this.#lanes.delete(name);
  }
}
