import type { TopicPartition } from '../client/kafka-client.ts';
import { type Load, type Order, Partition, type PartitionStart } from './partition.ts';
import type { PendingRecord } from './pending-record.ts';

/** Limit of all unfinished records, in bytes: 64 MiB. Above it, partitions that bring more are paused; at half of it, all resume. */
const MOST_BYTES = 64 * 2 ** 20;
/** How many windows a partition may be ahead of its lowest unfinished record. */
const MOST_WINDOWS_AHEAD = 50;
/** Records taken from one partition before the next one's turn. */
const TURN = 32;

/** All partitions of a generation. Takes records from them in turn, and reports which are too full to be fetched from. */
export class Intake {
  readonly #window: number;
  readonly #partitions = new Set<Partition>();
  readonly #paused = new Set<Partition>();
  /** Partitions that may have records to give, in the order of their turns. */
  #turns: Partition[] = [];
  readonly #waiting = new Set<Partition>();
  #load: Load = { bytes: 0 };
  /** Whether all together exceeded the limit, and are not down to half of it yet. */
  #heavy = false;
  /** The largest `max` so far: while nothing is out, it is the number of permits. */
  #permits = 0;
  /** The number of partitions that share the permits. */
  #sharers = 0;

  /** `window`: unfinished records of one partition. */
  constructor(window: number) {
    this.#window = window;
  }

  add(place: TopicPartition, order: Order, start: PartitionStart): Partition {
    const partition = new Partition(place, order, start, this.#load);
    this.#partitions.add(partition);
    return partition;
  }

  clear(): void {
    this.#partitions.clear();
    this.#paused.clear();
    this.#waiting.clear();
    this.#turns = [];
    this.#load = { bytes: 0 };
    this.#heavy = false;
    this.#sharers = 0;
  }

  /** Fetched records that are not finished. */
  get unfinished(): number {
    let sum = 0;
    for (const { unfinished } of this.#partitions) sum += unfinished;
    return sum;
  }

  /** When the next record may become ready, in milliseconds since 1970; Infinity if only a fetch can bring more. */
  get nextDue(): number {
    let next = Infinity;
    for (const { nextDue } of this.#partitions) next = Math.min(next, nextDue);
    return next;
  }

  get backlog(): { readonly ready: number; readonly waiting: number; readonly oldestTimestamp: number | undefined } {
    let ready = 0;
    let waiting = 0;
    let oldest: number | undefined;
    for (const partition of this.#partitions) {
      ready += partition.waitingReady;
      waiting += partition.waitingDelayed;
      const { oldestTimestamp } = partition;
      if (oldestTimestamp !== undefined && !(oldest !== undefined && oldest < oldestTimestamp))
        oldest = oldestTimestamp;
    }
    return { ready, waiting, oldestTimestamp: oldest };
  }

  /** The results of `make` for up to `max` records, a few of each partition in turn. */
  take<T>(max: number, nowMs: number, make: (partition: Partition, pending: PendingRecord) => T): T[] {
    this.#wakeDue(nowMs);
    if (max > this.#permits || this.#sharers !== this.#partitions.size) this.#shareOut(Math.max(max, this.#permits));
    const taken: T[] = [];
    while (taken.length < max) {
      const partition = this.#turns.shift();
      if (partition === undefined) break;
      const most = Math.min(max, taken.length + TURN);
      let pending: PendingRecord | undefined;
      while (taken.length < most && (pending = partition.take(nowMs)) !== undefined) {
        taken.push(make(partition, pending));
      }
      if (taken.length < most) this.#waiting.delete(partition);
      else this.#turns.push(partition);
    }
    return taken;
  }

  /** Records came to a partition. Returns the partitions that are now too full. */
  came(partition: Partition): readonly Partition[] {
    this.#enqueue(partition);
    this.#heavy ||= this.#load.bytes >= MOST_BYTES;
    if (partition.paused || !this.#isFull(partition)) return NONE;
    partition.paused = true;
    this.#paused.add(partition);
    return [partition];
  }

  /** Records of a partition were finished or came back. Returns the partitions that now have room again. */
  left(partition: Partition): readonly Partition[] {
    if (!this.#partitions.has(partition)) return NONE;
    this.#enqueue(partition);
    if (this.#paused.size === 0 || (this.#heavy && this.#load.bytes * 2 > MOST_BYTES)) return NONE;
    const candidates = this.#heavy ? [...this.#paused] : [partition];
    this.#heavy = false;
    const roomy = candidates.filter((one) => one.paused && this.#hasRoom(one));
    for (const one of roomy) {
      one.paused = false;
      this.#paused.delete(one);
    }
    return roomy;
  }

  #isFull({ unfinished, span, stuck }: Partition): boolean {
    if (stuck !== undefined) return true;
    return unfinished >= this.#window || span >= this.#window * MOST_WINDOWS_AHEAD || this.#heavy;
  }

  #hasRoom({ unfinished, span, stuck }: Partition): boolean {
    if (stuck !== undefined) return false;
    return unfinished * 2 <= this.#window && span * 2 < this.#window * MOST_WINDOWS_AHEAD;
  }

  #shareOut(permits: number): void {
    this.#permits = permits;
    this.#sharers = this.#partitions.size;
    for (const partition of this.#partitions) partition.share = Math.floor(permits / this.#sharers);
  }

  #wakeDue(nowMs: number): void {
    for (const partition of this.#partitions) if (partition.nextDue <= nowMs) this.#enqueue(partition);
  }

  #enqueue(partition: Partition): void {
    if (this.#waiting.has(partition)) return;
    this.#waiting.add(partition);
    this.#turns.push(partition);
  }
}

const NONE: readonly Partition[] = [];
