import type { PendingRecord } from './partition.ts';

interface Parked {
  /** In order of offsets. */
  readonly waiting: PendingRecord[];
  /** Milliseconds since 1970. Infinity: until enough of the lane is no longer out. */
  dueMs: number;
}

/**
 * Lanes of which nothing may be given out for now: their head waits for its retry, or too much of them is out. A record without a lane is a
 * lane by itself.
 */
export class ParkedLanes {
  readonly #lanes = new Map<string | number, Parked>();
  #nextDue = Infinity;
  #delayed = 0;

  /** When the first of them may go, in milliseconds since 1970. */
  get nextDue(): number {
    return this.#nextDue;
  }

  /** Records that wait for a time. */
  get delayed(): number {
    return this.#delayed;
  }

  holds(lane: string): boolean {
    return this.#lanes.has(lane);
  }

  /** Without `dueMs`, it waits as long as its lane does, and not at all if its lane does not. */
  park(pending: PendingRecord, dueMs?: number): void {
    const key = pending.lane ?? pending.offset;
    let parked = this.#lanes.get(key);
    if (parked === undefined) {
      parked = { waiting: [], dueMs: dueMs ?? 0 };
      this.#lanes.set(key, parked);
    } else if (dueMs !== undefined && dueMs !== parked.dueMs) {
      if (isTime(parked.dueMs)) this.#delayed -= parked.waiting.length;
      parked.dueMs = dueMs;
      if (isTime(parked.dueMs)) this.#delayed += parked.waiting.length;
    }
    insert(parked.waiting, pending);
    if (isTime(parked.dueMs)) this.#delayed += 1;
    this.#nextDue = Math.min(this.#nextDue, parked.dueMs);
  }

  /** Everything whose time has come, each lane in its order. */
  due(nowMs: number): PendingRecord[] {
    const due: PendingRecord[] = [];
    this.#nextDue = Infinity;
    for (const [key, { waiting, dueMs }] of this.#lanes) {
      if (dueMs <= nowMs) {
        this.#lanes.delete(key);
        if (isTime(dueMs)) this.#delayed -= waiting.length;
        due.push(...waiting);
      } else this.#nextDue = Math.min(this.#nextDue, dueMs);
    }
    return due;
  }

  /** What waited for less of its lane to be out. */
  unheld(lane: string): readonly PendingRecord[] {
    const parked = this.#lanes.get(lane);
    if (parked === undefined || parked.dueMs !== Infinity) return NONE;
    this.#lanes.delete(lane);
    return parked.waiting;
  }

  clear(): void {
    this.#lanes.clear();
    this.#nextDue = Infinity;
    this.#delayed = 0;
  }
}

const NONE: readonly PendingRecord[] = [];

/** Neither at once, nor when something else has happened. */
function isTime(dueMs: number): boolean {
  return dueMs > 0 && dueMs < Infinity;
}

function insert(waiting: PendingRecord[], pending: PendingRecord): void {
  let at = waiting.length;
  while (at > 0 && (waiting[at - 1]?.offset ?? 0) > pending.offset) at -= 1;
  waiting.splice(at, 0, pending);
}
