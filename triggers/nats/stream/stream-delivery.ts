import type { SettledOnce, TriggerEvent } from '#trigger';
import type { Msg } from '@nats-io/transport-node';
import type { Link } from '../connection/link.ts';
import { type DeliveryInfo, WORKING } from './reply-subject.ts';

/** Data that the deliveries of one durable share. */
export interface StreamDesk {
  readonly link: Link;
  /** Prefix of each event's position: the stream, and when it was created. */
  readonly log: string;
}

/** One delivery of one JetStream message. */
export class StreamDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly lane?: string;
  readonly info: DeliveryInfo;
  settled = false;
  readonly #msg: Msg;
  readonly #desk: StreamDesk;

  constructor(msg: Msg, event: TriggerEvent, info: DeliveryInfo, attempt: number, desk: StreamDesk, lane?: string) {
    this.event = event;
    this.attempt = attempt;
    if (lane !== undefined) this.lane = lane;
    this.info = info;
    this.#msg = msg;
    this.#desk = desk;
  }

  get position(): string {
    return `${this.#desk.log}/${this.info.sequence}/${this.info.time}`;
  }

  /** The subject that the message was stored with. */
  get place(): string {
    return this.#msg.subject;
  }

  /** The reply subject of the message. */
  get reply(): string {
    return this.#msg.reply ?? '';
  }

  /** Unconfirmed: if one is lost, the next makes up for it. */
  extend(): void {
    const { nc } = this.#desk.link;
    if (!this.settled && !nc.isClosed()) nc.publish(this.reply, WORKING);
  }
}
