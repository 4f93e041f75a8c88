import type { Message, SettledOnce, Settlement, TriggerEvent } from '#trigger';
import type { Msg } from '@nats-io/transport-node';
import { headerBlock } from '../messages/header-block.ts';
import { jetStreamError } from '../connection/nats-error.ts';
import { outgoingHeaders } from '../messages/outgoing.ts';

export interface CoreDeliveryParts {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly msg: Msg;
  readonly awaitsReply: boolean;
}

/** A message of core NATS. There is nothing to settle, but a request is answered. */
export class CoreDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly position: string;
  readonly attempt = 1;
  readonly awaitsReply: boolean;
  settled = false;
  readonly #msg: Msg;

  constructor({ event, position, msg, awaitsReply }: CoreDeliveryParts) {
    this.event = event;
    this.position = position;
    this.awaitsReply = awaitsReply;
    this.#msg = msg;
  }

  get place(): string {
    return this.#msg.subject;
  }

  /** Of a request. Throws SLU3003 when it could not be sent. */
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
      this.#msg.respond(message.data, headers === undefined ? {} : { headers });
    } catch (thrown) {
      this.#refuse('500', 'the answer is too large');
      throw thrown;
    }
  }

  /** As services of NATS do (nats-architecture-and-design, ADR-32). */
  #refuse(code: string, reason: string): void {
    const text = reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 512);
    const headers = headerBlock([
      ['Nats-Service-Error', text],
      ['Nats-Service-Error-Code', code],
    ]);
    this.#msg.respond(new Uint8Array(), { headers });
  }
}
