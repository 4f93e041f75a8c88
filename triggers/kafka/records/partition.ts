import type { SluiceError } from '#trigger';
import type { FetchedBatch, TopicPartition } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import { KeyLanes } from './key-lanes.ts';
import { LaneQueue } from './lane-queue.ts';
import { OffsetTracker } from './offset-tracker.ts';
import type { Outputs, PendingRecord } from './pending-record.ts';

/** Which records run one at a time: those of one key, all of a partition, or none. */
export type Order = 'key' | 'partition' | 'none';

export interface PartitionStart {
  /** The first offset to read. */
  readonly offset: number;
  /** Earlier attempts of records, by offset. */
  readonly attempts: ReadonlyMap<number, number>;
  /** The end of the log at that time. */
  readonly end: number;
}

/** Totals of all partitions. */
export interface Load {
  bytes: number;
}

/** An assigned partition: its fetched and unfinished records, by offset and by lane. */
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
  /** Whether it is paused. */
  paused = false;
  /** The error that stops reading it. */
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

  /** The most records that a crash would repeat. */
  get span(): number {
    return this.#tracker.span;
  }

  /** Unfinished and unfetched records, by offsets: this includes control records and gaps. */
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

  /** Time of the lowest unfinished record, in milliseconds since 1970. */
  get oldestTimestamp(): number | undefined {
    return this.#tracker.lowest?.record.timestamp;
  }

  /** When the next parked record may be given out, in milliseconds since 1970; Infinity if none waits for a time. */
  get nextDue(): number {
    return this.#lanes.nextDue;
  }

  /** Attempts of unfinished records. */
  get attempts(): ReadonlyMap<number, number> {
    return this.#attempts;
  }

  /** Sets the end of the log. */
  sawEnd(end: number): void {
    this.#end = Math.max(this.#end, end);
  }

  /**
   * How many offsets the log has lost since the last fetch: they expired before they were read. Negative: the log went back, because it was
   * truncated or the topic was recreated, so earlier data about it is void.
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

  /** Sets its equal share of the permits. */
  set share(permits: number) {
    if (this.#order === 'partition') this.#lanes.ownPermits = permits;
  }

  /** The next record to give out, which is out from now on. */
  take(nowMs: number): PendingRecord | undefined {
    return this.#lanes.take(nowMs);
  }

  /** Finishes a record for good. */
  finish(pending: PendingRecord): void {
    this.retire(pending);
    this.#lanes.left(pending);
  }

  /** Finishes a record, which counts as unfinished until it is retired: when these outputs are committed. `dropped`: they are its dead letter. */
  hold(pending: PendingRecord, outputs: readonly Outputs[], dropped?: string): void {
    pending.outputs = outputs;
    if (dropped !== undefined) pending.dropped = dropped;
    this.#lanes.left(pending);
  }

  /** Takes a finish back. */
  takeBack(pending: PendingRecord): void {
    delete pending.outputs;
    delete pending.dropped;
    this.#lanes.outAgain(pending);
  }

  /** Its outputs can't be committed as they are, and nobody waits for its settlement any more: it is handled again. */
  redo(pending: PendingRecord): void {
    this.takeBack(pending);
    this.release(pending);
  }

  /** It comes again, to be given up on: its outputs were refused, and nobody waits for its settlement any more. */
  refuse(pending: PendingRecord, cause: SluiceError): void {
    const { dropped } = pending;
    pending.refusal =
      dropped === undefined ? { reason: `${cause.code}: ${cause.message}` } : { reason: dropped, letter: cause };
    this.redo(pending);
  }

  /** Held records with nothing unfinished below them, and the offset to commit with them. */
  get held(): { readonly places: readonly PendingRecord[]; readonly watermark: number } {
    return this.#tracker.prefix(isHeld);
  }

  /** Whether it is held and has nothing unfinished below it. */
  mayCommit(pending: PendingRecord): boolean {
    return pending.offset < this.#tracker.watermarkWith(isHeld);
  }

  retire(pending: PendingRecord): void {
    if (pending.finished) return;
    this.#attempts.delete(pending.offset);
    this.#load.bytes -= weightOf(pending.record);
    this.#tracker.finish(pending);
  }

  /** It comes again at `dueMs` (since 1970), before any other record of its lane. */
  retry(pending: PendingRecord, dueMs: number): void {
    if (pending.finished) return this.#lanes.left(pending);
    pending.attempts += 1;
    this.#attempts.set(pending.offset, pending.attempts);
    this.#lanes.retry(pending, dueMs);
  }

  /** It comes again as soon as its lane is free. */
  release(pending: PendingRecord): void {
    if (pending.finished) this.#lanes.left(pending);
    else this.#lanes.release(pending);
  }

  #laneOf({ key }: KafkaRecord): string | undefined {
    if (this.#order === 'none' || (this.#order === 'key' && key === null)) return undefined;
    return this.#order === 'partition' || key === null ? this.#name : this.#keyLanes.of(key);
  }

  /** Records that are out stay out, and finish in vain. */
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
