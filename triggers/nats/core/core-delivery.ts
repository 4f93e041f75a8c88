import type { Message, SettledOnce, Settlement, TriggerEvent } from '#trigger';
import { headerBlock } from '../messages/header-block.ts';
import type { Link } from '../connection/link.ts';
import { jetStreamError } from '../connection/nats-error.ts';
import { outgoingHeaders } from '../messages/outgoing.ts';

export interface CoreDeliveryParts {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly place: string;
  /** The subject for an answer; empty: no answer is expected. */
  readonly reply: string;
  readonly link: Link;
}

/** A message of core NATS. Settling it only answers a request. */
export class CoreDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly attempt = 1;
  readonly place: string;
  settled = false;
  readonly #replyTo: string;
  readonly #link: Link;

  constructor({ event, position, place, reply, link }: CoreDeliveryParts) {
    this.event = event;
    this.position = position;
    this.place = place;
    this.#replyTo = reply;
    this.#link = link;
  }

  get awaitsReply(): boolean {
    return this.#replyTo !== '';
  }

  /** Answers a request. Throws SLU3003 if the answer could not be sent. */
  answer(settlement: Settlement): void {
    try {
      this.#answer(settlement);
    } catch (thrown) {
      throw jetStreamError('SLU3003', 'a request could not be answered', thrown);
    }
  }

  #answer(settlement: Settlement): void {
    switch (settlement.kind) {
      case 'accept':
        return this.#reply(settlement.reply ?? { headers: [], data: new Uint8Array() });
      case 'drop':
        return this.#refuse('500', settlement.reason);
      case 'release':
      case 'retry':
        return this.#refuse('503', 'shutting down');
    }
  }

  #reply(message: Message): void {
    try {
      const headers = outgoingHeaders(message, []);
      this.#link.nc.publish(this.#replyTo, message.data, headers === undefined ? {} : { headers });
    } catch (thrown) {
      this.#refuse('500', 'the answer is too large');
      throw thrown;
    }
  }

  /** As NATS services answer (nats-architecture-and-design, ADR-32). */
  #refuse(code: string, reason: string): void {
    const text = reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 512);
    const headers = headerBlock([
      ['Nats-Service-Error', text],
      ['Nats-Service-Error-Code', code],
    ]);
    this.#link.nc.publish(this.#replyTo, new Uint8Array(), { headers });
  }
}
