import type { SettledOnce, TriggerEvent } from '#trigger';
import { WORKING } from './acknowledgement.ts';
import type { Link } from './link.ts';

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
export class StreamDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly place: string;
  readonly attempt: number;
  readonly lane?: string;
  readonly reply: string;
  readonly sequence: number;
  readonly redelivered: boolean;
  settled = false;
  readonly #link: Link;

  constructor(
    { event, position, place, attempt, lane, reply, sequence, redelivered }: StreamDeliveryParts,
    link: Link,
  ) {
    this.event = event;
    this.position = position;
    this.place = place;
    this.attempt = attempt;
    if (lane !== undefined) this.lane = lane;
    this.reply = reply;
    this.sequence = sequence;
    this.redelivered = redelivered;
    this.#link = link;
  }

  /** Unconfirmed: one that is lost is made up for by the next. */
  extend(): void {
    const { nc } = this.#link;
    if (!this.settled && !nc.isClosed()) nc.publish(this.reply, WORKING);
  }
}
