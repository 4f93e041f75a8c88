import type { SluiceError } from '#trigger';
import type { FetchedBatch, TopicPartition } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import { KeyLanes } from './key-lanes.ts';
import { LaneQueue } from './lane-queue.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Outputs, PendingRecord } from './pending-record.ts';

/** What runs one at a time: records of one key, or all of a partition, or nothing. */
export type Order = 'key' | 'partition' | 'none';

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

/** One partition while it is ours: what was fetched of it and not finished, by offsets, and by lanes. */
export class Partition implements TopicPartition {
  readonly topic: string;
  readonly partition: number;
  readonly #order: Order;
  readonly #name: string;
  readonly #keyLanes: KeyLanes;
  #tracker: OffsetTracker<PendingRecord>;
  readonly #lanes: LaneQueue;
  readonly #attempts: Map<number, number>;
  readonly #load: Load;
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
    this.#lanes = new LaneQueue(order === 'partition');
    this.#name = `${topic}/${partition}`;
    this.#keyLanes = new KeyLanes(this.#name);
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
    return this.unfinished - this.#lanes.out - this.#lanes.delayed + Math.max(0, this.#end - this.#tracker.next);
  }

  /** Records that wait for their retry, and those behind them. */
  get waitingDelayed(): number {
    return this.#lanes.delayed;
  }

  /** Of the lowest unfinished record, in milliseconds since 1970. */
  get oldestTimestamp(): number | undefined {
    return this.#tracker.lowest?.record.timestamp;
  }

  /** When something that is parked may be given out, in milliseconds since 1970; Infinity when nothing waits for a time. */
  get nextDue(): number {
    return this.#lanes.nextDue;
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
      this.#lanes.came(pending);
      this.#load.bytes += weightOf(record);
    }
    this.#tracker.advance(next);
    this.#end = end;
    return lost;
  }

  /** Its equal share of the permits of all partitions together. */
  set share(permits: number) {
    if (this.#order === 'partition') this.#lanes.ownPermits = permits;
  }

  /** The next record to give out; it is out from now on. */
  take(nowMs: number): PendingRecord | undefined {
    return this.#lanes.take(nowMs);
  }

  /** It is done with for good. */
  finish(pending: PendingRecord): void {
    this.retire(pending);
    this.#lanes.left(pending);
  }

  /** It is done with, and counts as unfinished until it is retired: when these outputs are committed. `dropped`: they are its dead letter. */
  hold(pending: PendingRecord, outputs: readonly Outputs[], dropped?: string): void {
    pending.outputs = outputs;
    if (dropped !== undefined) pending.dropped = dropped;
    this.#lanes.left(pending);
  }

  /** It is not done with after all. */
  takeBack(pending: PendingRecord): void {
    delete pending.outputs;
    delete pending.dropped;
    this.#lanes.outAgain(pending);
  }

  /** What it was held with can't be committed as it is, and nobody waits for its settlement any more: it is handled again. */
  redo(pending: PendingRecord): void {
    this.takeBack(pending);
    this.release(pending);
  }

  /** It comes again, to be given up on: what it was held with was refused, and nobody waits for its settlement any more. */
  refuse(pending: PendingRecord, cause: SluiceError): void {
    const { dropped } = pending;
    pending.refusal =
      dropped === undefined ? { reason: `${cause.code}: ${cause.message}` } : { reason: dropped, letter: cause };
    this.redo(pending);
  }

  /** What is held and has nothing unfinished below it, and the offset to commit with it. */
  get held(): { readonly places: readonly PendingRecord[]; readonly watermark: number } {
    return this.#tracker.prefix(isHeld);
  }

  /** Whether it is among what is held and has nothing unfinished below it. */
  mayCommit(pending: PendingRecord): boolean {
    return pending.offset < this.#tracker.watermarkWith(isHeld);
  }

  retire(pending: PendingRecord): void {
    if (pending.finished) return;
    this.#attempts.delete(pending.offset);
    this.#load.bytes -= weightOf(pending.record);
    this.#tracker.finish(pending);
  }

  /** It comes again at `dueMs` (since 1970), and nothing of its lane before it. */
  retry(pending: PendingRecord, dueMs: number): void {
    if (pending.finished) return this.#lanes.left(pending);
    pending.attempts += 1;
    this.#attempts.set(pending.offset, pending.attempts);
    this.#lanes.retry(pending, dueMs);
  }

  /** It comes again as soon as its lane may go. */
  release(pending: PendingRecord): void {
    if (pending.finished) this.#lanes.left(pending);
    else this.#lanes.release(pending);
  }

  #laneOf({ key }: KafkaRecord): string | undefined {
    if (this.#order === 'none' || (this.#order === 'key' && key === null)) return undefined;
    return this.#order === 'partition' || key === null ? this.#name : this.#keyLanes.of(key);
  }

  /** What is out stays out, and is finished in vain. */
  #startAnew(offset: number): void {
    for (const { record } of this.#tracker.abandon()) this.#load.bytes -= weightOf(record);
    this.#tracker = new OffsetTracker(offset);
    this.#lanes.clear();
    this.#attempts.clear();
  }
}

function isHeld({ outputs }: PendingRecord): boolean {
  return outputs !== undefined;
}

function weightOf({ key, value, headers }: KafkaRecord): number {
  let bytes = (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, content] of headers) bytes += name.length + (content?.byteLength ?? 0);
  return bytes + 100; // objects about it
}
