import { type Delivery, type Settlement, settledOrCancelled, SluiceError, type TriggerEvent } from '#trigger';
import type { Settled } from './ledger.ts';
import type { Partition, PendingRecord } from './partition.ts';
import { placeOfRecord } from './record-event.ts';

/** What a delivery is settled with. */
export interface Desk {
  /** Resolves when it counts. */
  done(partition: Partition, pending: PendingRecord, settlement: Settled): Promise<void>;
  retry(partition: Partition, pending: PendingRecord, afterMs: number): void;
  release(partition: Partition, pending: PendingRecord): void;
}

/** One attempt at one record. */
export class KafkaDelivery implements Delivery {
  readonly event: TriggerEvent;
  readonly lost: AbortSignal;
  readonly attempt: number;
  readonly lane?: string;
  readonly refusal?: string;
  readonly #partition: Partition;
  readonly #pending: PendingRecord;
  readonly #desk: Desk;
  #settled = false;

  constructor(event: TriggerEvent, partition: Partition, pending: PendingRecord, desk: Desk, lost: AbortSignal) {
    this.event = event;
    this.attempt = pending.attempts + 1;
    this.lost = lost;
    if (pending.lane !== undefined) this.lane = pending.lane;
    if (pending.refusal !== undefined) this.refusal = pending.refusal.reason;
    this.#partition = partition;
    this.#pending = pending;
    this.#desk = desk;
  }

  get position(): string {
    return placeOfRecord(this.#pending.record, this.#partition);
  }

  get place(): string {
    return this.#partition.topic;
  }

  /** A commit that is noted for later is done at once; only a transaction waits for the broker. */
  settle(settlement: Settlement, cancel?: AbortSignal): Promise<void> {
    return settledOrCancelled(this.#settle(settlement), cancel);
  }

  async #settle(settlement: Settlement): Promise<void> {
    if (this.#settled) throw new TypeError(`record ${this.event.id} was settled already`);
    this.#settled = true;
    if (this.lost.aborted) {
      if (settlement.kind !== 'release') throw revoked(this.#partition);
      return;
    }
    switch (settlement.kind) {
      case 'accept':
      case 'drop':
        try {
          await this.#desk.done(this.#partition, this.#pending, settlement);
        } catch (thrown) {
          this.#settled = false;
          throw thrown;
        }
        return;
      case 'retry':
        return this.#desk.retry(this.#partition, this.#pending, settlement.afterMs);
      case 'release':
        return this.#desk.release(this.#partition, this.#pending);
    }
  }
}

/** The settlement came too late. */
export function revoked({ topic, partition }: Partition): SluiceError {
  return new SluiceError(
    'SLU3003',
    `partition ${partition} of topic '${topic}' was given to another member meanwhile`,
    {
      transient: true,
      state: 'the record comes again, to whoever has the partition',
    },
  );
}
