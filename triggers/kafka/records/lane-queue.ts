import { ParkedLanes } from './parked-lanes.ts';
import type { PendingRecord } from './pending-record.ts';

/** Records of one lane that may be out at once: enough to keep it busy, but few enough that one busy key does not take every permit. */
const MOST_OF_A_LANE = 16;
/** The same if the lane is a whole partition with its own permits. A record that fails sends back those behind it, so the number is limited. */
const MOST_OF_A_PARTITION = 256;

/**
 * Records in the order in which they may be given out: as they came, but records of a lane that came back go first.
 *
 *     come -> ready -> out -> left
 *               ^       |
 *             parked <--+   (a retry until its time has come, and what is behind it in its lane)
 */
export class LaneQueue {
  /** Whether all records are of one lane. */
  readonly #isOneLane: boolean;
  readonly #parked = new ParkedLanes();
  /** Released from parked lanes: these go before everything else. */
  #again: PendingRecord[] = [];
  #ready: PendingRecord[] = [];
  #readyHead = 0;
  readonly #outOfLane = new Map<string, number>();
  #out = 0;
  #mostOfLane = MOST_OF_A_LANE;

  constructor(isOneLane: boolean) {
    this.#isOneLane = isOneLane;
  }

  /** Records that are out. */
  get out(): number {
    return this.#out;
  }

  /** Records that wait for their retry, and those behind them. */
  get delayed(): number {
    return this.#parked.delayed;
  }

  /** When the next parked record may be given out, in milliseconds since 1970; Infinity if none waits for a time. */
  get nextDue(): number {
    return this.#parked.nextDue;
  }

  came(pending: PendingRecord): void {
    this.#ready.push(pending);
  }

  /** Gives its one lane this many permits, which no other partition needs. */
  set ownPermits(permits: number) {
    this.#mostOfLane = Math.max(MOST_OF_A_LANE, Math.min(permits, MOST_OF_A_PARTITION));
  }

  /** The next record, which is out from now on. */
  take(nowMs: number): PendingRecord | undefined {
    if (nowMs >= this.#parked.nextDue) for (const key of this.#parked.due(nowMs)) this.#letGo(key);
    let pending = this.#again.shift();
    // A ready record need not be parked if nothing could overtake it.
    const mayShift = !this.#isOneLane || this.#out < this.#mostOfLane;
    if (pending === undefined && mayShift) {
      pending = this.#shift();
      while (pending !== undefined && !this.#mayGo(pending)) pending = this.#shift();
    }
    if (pending !== undefined) this.#out += 1;
    return pending;
  }

  /** It is no longer out, and does not come again. */
  left({ lane }: PendingRecord): void {
    this.#out -= 1;
    if (lane !== undefined && this.#leaveLane(lane) <= this.#mostOfLane / 2) this.#letGo(lane);
  }

  /** It had left, and is out after all. */
  outAgain({ lane }: PendingRecord): void {
    this.#out += 1;
    if (lane !== undefined) this.#outOfLane.set(lane, (this.#outOfLane.get(lane) ?? 0) + 1);
  }

  /** It comes again at `dueMs` (since 1970), before any other record of its lane. */
  retry(pending: PendingRecord, dueMs: number): void {
    this.#recall(pending.lane);
    this.#parked.park(pending, dueMs);
    this.left(pending);
  }

  /** It comes again as soon as its lane is free. */
  release(pending: PendingRecord): void {
    this.#recall(pending.lane);
    this.#parked.giveBack(pending);
    this.left(pending);
  }

  /** Removes records that are not out. */
  clear(): void {
    for (const { lane } of this.#again.splice(0)) if (lane !== undefined) this.#leaveLane(lane);
    this.#ready = [];
    this.#readyHead = 0;
    this.#parked.clear();
  }

  #mayGo(pending: PendingRecord): boolean {
    const { lane } = pending;
    if (lane === undefined) return true;
    const out = this.#outOfLane.get(lane) ?? 0;
    if (!this.#parked.holds(lane) && out < this.#mostOfLane) {
      this.#outOfLane.set(lane, out + 1);
      return true;
    }
    this.#parked.park(pending, this.#parked.holds(lane) ? undefined : Infinity);
    return false;
  }

  /** Records that were released from the lane but are not out yet must not overtake those that come back. */
  #recall(lane: string | undefined): void {
    if (lane === undefined || !this.#again.some((one) => one.lane === lane)) return;
    const recalled = this.#again.filter((one) => one.lane === lane);
    this.#again = this.#again.filter((one) => one.lane !== lane);
    for (const one of recalled) {
      this.#parked.park(one, Infinity);
      this.#leaveLane(lane);
    }
  }

  /** As many records of a lane as may be out. They count as out from now on. */
  #letGo(key: string | number): void {
    const out = typeof key === 'string' ? (this.#outOfLane.get(key) ?? 0) : 0;
    const gone = this.#parked.take(key, this.#mostOfLane - out);
    if (gone.length === 0) return;
    this.#again.push(...gone);
    if (typeof key === 'string') this.#outOfLane.set(key, out + gone.length);
  }

  /** How many of its records are out then. */
  #leaveLane(lane: string): number {
    const out = (this.#outOfLane.get(lane) ?? 1) - 1;
    if (out === 0) this.#outOfLane.delete(lane);
    else this.#outOfLane.set(lane, out);
    return out;
  }

  #shift(): PendingRecord | undefined {
    const pending = this.#ready[this.#readyHead];
    if (pending === undefined) return undefined;
    this.#readyHead += 1;
    if (this.#readyHead > 1024) {
      this.#ready = this.#ready.slice(this.#readyHead);
      this.#readyHead = 0;
    }
    return pending;
  }
}
