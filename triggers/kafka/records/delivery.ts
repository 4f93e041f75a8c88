import type { SettledOnce, TriggerEvent } from '#trigger';
import type { Partition } from './partition.ts';
import type { PendingRecord } from './pending-record.ts';
import { placeOfRecord } from './record-event.ts';

/** One attempt at one record. */
export class KafkaDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly lost: AbortSignal;
  readonly attempt: number;
  readonly lane?: string;
  readonly refusal?: string;
  readonly partition: Partition;
  readonly pending: PendingRecord;
  settled = false;

  constructor(event: TriggerEvent, partition: Partition, pending: PendingRecord, lost: AbortSignal) {
    this.event = event;
    this.attempt = pending.attempts + 1;
    this.lost = lost;
    if (pending.lane !== undefined) this.lane = pending.lane;
    if (pending.refusal !== undefined) this.refusal = pending.refusal.reason;
    this.partition = partition;
    this.pending = pending;
  }

  get position(): string {
    return placeOfRecord(this.pending.record, this.partition);
  }

  get place(): string {
    return this.partition.topic;
  }
}
