import { detached } from '../wire/kafka-record.ts';
import type { PendingRecord } from './pending-record.ts';

interface Parked {
  /** In order of offsets. */
  readonly waiting: PendingRecord[];
  /** When the head may go, in milliseconds since 1970. 0: with the next take. Infinity: when fewer of the lane are out. */
  dueMs: number;
}

/**
 * Lanes from which nothing may be given out for now: their head waits for its retry, or enough of their records are out. A record without a lane is
 * a lane by itself.
 */
export class ParkedLanes {
  readonly #lanes = new Map<string | number, Parked>();
  #nextDue = Infinity;
  #delayed = 0;

  /** When the first lane may go, in milliseconds since 1970. */
  get nextDue(): number {
    return this.#nextDue;
  }

  /** Records that wait for a time. */
  get delayed(): number {
    return this.#delayed;
  }

  /** Whether records of the lane are parked: later ones must be parked behind them. */
  holds(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** Parks a record. Without `dueMs`, it waits only as long as its lane does. */
  park(pending: PendingRecord, dueMs?: number): void {
    const key = pending.lane ?? pending.offset;
    let parked = this.#lanes.get(key);
    if (parked === undefined) {
      parked = { waiting: [], dueMs: dueMs ?? 0 };
      this.#lanes.set(key, parked);
    } else if (dueMs !== undefined) this.#delay(parked, dueMs);
    insert(parked.waiting, pending);
    if (isTime(parked.dueMs)) {
      this.#delayed += 1;
      pending.record = detached(pending.record);
    }
    this.#nextDue = Math.min(this.#nextDue, parked.dueMs);
  }

  /** Parks a record that came back. It goes out with the next take, unless its lane waits for a time. */
  giveBack(pending: PendingRecord): void {
    const parked = this.#lanes.get(pending.lane ?? pending.offset);
    if (parked?.dueMs === Infinity) parked.dueMs = 0;
    this.park(pending);
  }

  /** The keys of lanes whose time has come. They stay parked until `take`. */
  due(nowMs: number): (string | number)[] {
    const due: (string | number)[] = [];
    this.#nextDue = Infinity;
    for (const [key, parked] of this.#lanes) {
      if (parked.dueMs <= nowMs) {
        this.#delay(parked, Infinity);
        due.push(key);
      } else this.#nextDue = Math.min(this.#nextDue, parked.dueMs);
    }
    return due;
  }

  /** Up to `most` records of a lane that does not wait for a time, in order. */
  take(key: string | number, most: number): readonly PendingRecord[] {
    const parked = this.#lanes.get(key);
    if (parked === undefined || parked.dueMs !== Infinity || most <= 0) return NONE;
    const taken = parked.waiting.splice(0, most);
    if (parked.waiting.length === 0) this.#lanes.delete(key);
    return taken;
  }

  clear(): void {
    this.#lanes.clear();
    this.#nextDue = Infinity;
    this.#delayed = 0;
  }

  #delay(parked: Parked, dueMs: number): void {
    if (isTime(parked.dueMs)) this.#delayed -= parked.waiting.length;
    parked.dueMs = dueMs;
    if (!isTime(dueMs)) return;
    this.#delayed += parked.waiting.length;
    for (const pending of parked.waiting) pending.record = detached(pending.record);
  }
}

const NONE: readonly PendingRecord[] = [];

/** Neither at once nor after another event. */
function isTime(dueMs: number): boolean {
  return dueMs > 0 && dueMs < Infinity;
}

function insert(waiting: PendingRecord[], pending: PendingRecord): void {
  let at = waiting.length;
  while (at > 0 && (waiting[at - 1]?.offset ?? 0) > pending.offset) at -= 1;
  if (at === waiting.length) waiting.push(pending);
  else waiting.splice(at, 0, pending);
}
