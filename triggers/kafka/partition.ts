import type { SluiceError } from '#trigger';
import type { Compression, FetchedBatch, OutgoingRecord, TopicPartition } from './client/kafka-client.ts';
import { OffsetTracker, type Place } from './offset-tracker.ts';
import { ParkedLanes } from './parked-lanes.ts';
import type { KafkaRecord } from './wire/kafka-record.ts';

/** What runs one at a time: records of one key, or all of a partition, or nothing. */
export type Order = 'key' | 'partition' | 'none';

/** A record from its fetch until it is finished. */
export interface PendingRecord extends Place {
  record: KafkaRecord;
  readonly lane: string | undefined;
  /** That failed, and are to be counted. */
  attempts: number;
  /** What was made of it. Present: it is done with, and waits to be committed together with these. */
  outputs?: readonly Outputs[];
}

/** Records for one output. */
export interface Outputs {
  readonly compression: Compression;
  readonly records: readonly OutgoingRecord[];
}

export interface PartitionStart {
  /** The first offset to read. */
  readonly offset: number;
  /** Attempts that records had before, by offset. */
  readonly attempts: ReadonlyMap<number, number>;
  /** Where the log ended when this was found out. */
  readonly end: number;
}

/** What all partitions hold together. */
export interface Load {
  bytes: number;
}

/** Records of one lane that may be out at once: enough to keep it going, and not so many that one busy key takes every permit. */
const MOST_OF_A_LANE = 16;

/**
 * One partition while it is ours: what was fetched of it and not finished, in the order in which it may be given out.
 *
 *     fetched -> ready -> out -> finished
 *                  ^       |
 *                parked <--+   (a retry until its time has come, and what is behind it in its lane)
 */
export class Partition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #order: Order;
  #tracker: OffsetTracker<PendingRecord>;
  readonly #parked = new ParkedLanes();
  readonly #attempts: Map<number, number>;
  #again: PendingRecord[] = [];
  #ready: PendingRecord[] = [];
  #readyHead = 0;
  readonly #outOfLane = new Map<string, number>();
  readonly #load: Load;
  #out = 0;
  #end: number;
  /** No more is fetched of it for now. */
  paused = false;
  /** Why nothing more of it can be read. */
  stuck: SluiceError | undefined;

  constructor(
    { topic, partition }: TopicPartition,
    order: Order,
    { offset, attempts, end }: PartitionStart,
    load: Load,
  ) {
    this.#load = load;
    this.topic = topic;
    this.partition = partition;
    this.#order = order;
    this.#tracker = new OffsetTracker(offset);
    this.#attempts = new Map(attempts);
    this.#end = end;
  }

  get watermark(): number {
    return this.#tracker.watermark;
  }

  get unfinished(): number {
    return this.#tracker.unfinished;
  }

  /** What a crash would repeat at most, in records. */
  get span(): number {
    return this.#tracker.span;
  }

  /** Records that are not finished or not even fetched, by offsets: control records and gaps among them count too. */
  get lag(): number {
    return Math.max(0, this.#end - this.watermark);
  }

  /** Records that could be given out or fetched now. */
  get waitingReady(): number {
    return this.unfinished - this.#out - this.#parked.delayed + Math.max(0, this.#end - this.#tracker.next);
  }

  /** Records that wait for their retry, and those behind them. */
  get waitingDelayed(): number {
    return this.#parked.delayed;
  }

  /** Of the lowest unfinished record, in milliseconds since 1970. */
  get oldestTimestamp(): number | undefined {
    return this.#tracker.lowest?.record.timestamp;
  }

  /** When something that is parked may be given out, in milliseconds since 1970; Infinity when nothing waits for a time. */
  get nextDue(): number {
    return this.#parked.nextDue;
  }

  /** Attempts of what is unfinished. */
  get attempts(): ReadonlyMap<number, number> {
    return this.#attempts;
  }

  /** Where the log ends, as somebody found out. */
  sawEnd(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /**
   * How many offsets the log has lost since the last fetch: they expired before they were read. Negative: the log goes back. It
   * was truncated, or the topic was made anew, and what was known of it is void.
   */
  fetched({ from, records, next, end }: FetchedBatch): number {
    const lost = from - this.#tracker.next;
    if (lost < 0) this.#startAnew(from);
    for (const record of records) {
      const pending = { record, offset: record.offset, lane: this.#laneOf(record), finished: false, attempts: 0 };
      pending.attempts = this.#attempts.get(record.offset) ?? 0;
      this.#tracker.add(pending);
      this.#ready.push(pending);
      this.#load.bytes += weightOf(record);
    }
    this.#tracker.advance(next);
    this.#end = end;
    return lost;
  }

  /** The next record to give out; it is out from now on. */
  take(nowMs: number): PendingRecord | undefined {
    if (nowMs >= this.#parked.nextDue) for (const key of this.#parked.due(nowMs)) this.#letGo(key);
    let pending = this.#again.shift();
    if (pending === undefined) {
      pending = this.#shift();
      while (pending !== undefined && !this.#mayGo(pending)) pending = this.#shift();
    }
    if (pending !== undefined) this.#out += 1;
    return pending;
  }

  /** It is done with for good. */
  finish(pending: PendingRecord): void {
    this.retire(pending);
    this.#left(pending);
  }

  /** It is done with, and counts as unfinished until it is retired: when these outputs are committed. */
  hold(pending: PendingRecord, outputs: readonly Outputs[]): void {
    pending.outputs = outputs;
    this.#left(pending);
  }

  /** It is not done with after all. */
  takeBack(pending: PendingRecord): void {
    delete pending.outputs;
    this.#out += 1;
    const { lane } = pending;
    if (lane !== undefined) this.#outOfLane.set(lane, (this.#outOfLane.get(lane) ?? 0) + 1);
  }

  /** What is held and has nothing unfinished below it, and the offset to commit with it. */
  get held(): { readonly places: readonly PendingRecord[]; readonly watermark: number } {
    return this.#tracker.prefix(({ outputs }) => outputs !== undefined);
  }

  retire(pending: PendingRecord): void {
    if (pending.finished) return;
    this.#attempts.delete(pending.offset);
    this.#load.bytes -= weightOf(pending.record);
    this.#tracker.finish(pending);
  }

  /** It comes again at `dueMs` (since 1970), and nothing of its lane before it. */
  retry(pending: PendingRecord, dueMs: number): void {
    if (!pending.finished) {
      pending.attempts += 1;
      this.#attempts.set(pending.offset, pending.attempts);
      this.#recall(pending.lane);
      this.#parked.park(pending, dueMs);
    }
    this.#left(pending);
  }

  /** It comes again as soon as its lane may go. */
  release(pending: PendingRecord): void {
    if (!pending.finished) {
      this.#recall(pending.lane);
      this.#parked.giveBack(pending);
    }
    this.#left(pending);
  }

  #mayGo(pending: PendingRecord): boolean {
    const { lane } = pending;
    if (lane === undefined) return true;
    const out = this.#outOfLane.get(lane) ?? 0;
    if (!this.#parked.holds(lane) && out < MOST_OF_A_LANE) {
      this.#outOfLane.set(lane, out + 1);
      return true;
    }
    this.#parked.park(pending, this.#parked.holds(lane) ? undefined : Infinity);
    return false;
  }

  /** What was let go of a lane, and is not out yet, must not overtake what comes back. */
  #recall(lane: string | undefined): void {
    if (lane === undefined || !this.#again.some((one) => one.lane === lane)) return;
    const recalled = this.#again.filter((one) => one.lane === lane);
    this.#again = this.#again.filter((one) => one.lane !== lane);
    for (const one of recalled) {
      this.#parked.park(one, Infinity);
      this.#leaveLane(lane);
    }
  }

  /** As many of a lane as may be out. They count as out of it from now on. */
  #letGo(key: string | number): void {
    const out = typeof key === 'string' ? (this.#outOfLane.get(key) ?? 0) : 0;
    const gone = this.#parked.take(key, MOST_OF_A_LANE - out);
    if (gone.length === 0) return;
    this.#again.push(...gone);
    if (typeof key === 'string') this.#outOfLane.set(key, out + gone.length);
  }

  #left({ lane }: PendingRecord): void {
    this.#out -= 1;
    if (lane !== undefined && this.#leaveLane(lane) <= MOST_OF_A_LANE / 2) this.#letGo(lane);
  }

  /** How much of it is out then. */
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

  #laneOf({ key }: KafkaRecord): string | undefined {
    if (this.#order === 'none' || (this.#order === 'key' && key === null)) return undefined;
    const name = `${this.topic}/${this.partition}`;
    return this.#order === 'partition' || key === null
      ? name
      : `${name}/${Buffer.from(key.buffer, key.byteOffset, key.byteLength).toString('latin1')}`;
  }

  /** What is out stays out, and is finished in vain. */
  #startAnew(offset: number): void {
    for (const { record } of this.#tracker.abandon()) this.#load.bytes -= weightOf(record);
    this.#tracker = new OffsetTracker(offset);
    for (const { lane } of this.#again.splice(0)) if (lane !== undefined) this.#leaveLane(lane);
    this.#ready = [];
    this.#readyHead = 0;
    this.#parked.clear();
    this.#attempts.clear();
  }
}

function weightOf({ key, value, headers }: KafkaRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, content] of headers) bytes += name.length + (content?.byteLength ?? 0);
  return bytes + 100; // objects about it
}
