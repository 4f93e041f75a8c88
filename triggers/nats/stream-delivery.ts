import { type Delivery, type Settlement, settledOrCancelled, type TriggerEvent } from '#trigger';
import type { NatsConnection } from '@nats-io/transport-node';
import type { ReleaseLedger } from './release-ledger.ts';
import { acknowledgement, type Settler } from './settler.ts';

/** What the deliveries of one durable share. */
export interface StreamDesk {
  readonly nc: NatsConnection;
  readonly settler: Settler;
  readonly ledger: ReleaseLedger;
  /** One held message less. */
  freed(): void;
}

export interface StreamDeliveryParts {
  readonly event: TriggerEvent;
  readonly position: string;
  /** The subject that the message was stored with. */
  readonly place: string;
  readonly attempt: number;
  readonly lane: string | undefined;
  /** The reply subject of the message. */
  readonly reply: string;
  readonly sequence: number;
  /** Whether the ledger may know the message. */
  readonly redelivered: boolean;
}

/** One delivery of one JetStream message. */
export class StreamDelivery implements Delivery {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly place: string;
  readonly attempt: number;
  readonly lane?: string;
  readonly #desk: StreamDesk;
  readonly #reply: string;
  readonly #sequence: number;
  readonly #redelivered: boolean;
  #settled = false;

  constructor(
    { event, position, place, attempt, lane, reply, sequence, redelivered }: StreamDeliveryParts,
    desk: StreamDesk,
  ) {
    this.event = event;
    this.position = position;
    this.place = place;
    this.attempt = attempt;
    if (lane !== undefined) this.lane = lane;
    this.#reply = reply;
    this.#sequence = sequence;
    this.#redelivered = redelivered;
    this.#desk = desk;
  }

  settle(settlement: Settlement, cancel?: AbortSignal): Promise<void> {
    if (cancel !== undefined) this.#desk.settler.heed(cancel);
    return settledOrCancelled(this.#settle(settlement), cancel);
  }

  async #settle(settlement: Settlement): Promise<void> {
    if (this.#settled) throw new TypeError('a delivery is settled once');
    this.#settled = true;
    try {
      await this.#tell(settlement);
    } finally {
      this.#desk.freed();
    }
  }

  /** Unconfirmed: one that is lost is made up for by the next. */
  extend(): void {
    if (!this.#settled && !this.#desk.nc.isClosed()) this.#desk.nc.publish(this.#reply, acknowledgement.working());
  }

  async #tell(settlement: Settlement): Promise<void> {
    const { settler } = this.#desk;
    switch (settlement.kind) {
      case 'accept':
        await settler.settle(this.#reply, acknowledgement.accept(), true);
        return this.#settledForGood();
      case 'drop':
        await settler.settle(this.#reply, acknowledgement.drop(settlement.reason), true);
        return this.#settledForGood();
      case 'retry':
        return settler.settle(this.#reply, acknowledgement.retry(settlement.afterMs), false);
      case 'release':
        return this.#release();
    }
  }

  /** Back it goes even if that can't be written down; then it costs an attempt, and the caller is told. */
  async #release(): Promise<void> {
    const { settler, ledger } = this.#desk;
    const [kept] = await Promise.allSettled([ledger.released([this.#sequence])]);
    await settler.settle(this.#reply, acknowledgement.release(), false);
    if (kept.status === 'rejected') throw kept.reason;
  }

  /** What the ledger keeps too long, it forgets when it is opened next. */
  #settledForGood(): void {
    if (this.#redelivered) this.#desk.ledger.forget(this.#sequence).catch(() => {});
  }
}
