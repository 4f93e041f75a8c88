import type { Settlement } from '#trigger';

/** The data about a JetStream message in its reply subject. */
export interface DeliveryInfo {
  readonly stream: string;
  readonly sequence: number;
  /** How often it was delivered, this time included; 1 for the first. */
  readonly deliveries: number;
  /** When the stream stored it, in nanoseconds since 1970, in decimal digits. */
  readonly time: string;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, or the longer form with domain and
 * account hash after `$JS.ACK` and more at the end (nats-architecture-and-design, ADR-15). Throws a TypeError for anything else.
 */
export function deliveryInfo(reply: string): DeliveryInfo {
  let tokens = 1;
  for (let dot = reply.indexOf('.'); dot !== -1; dot = reply.indexOf('.', dot + 1)) tokens += 1;
  if (!reply.startsWith('$JS.ACK.') || tokens < 9 || tokens === 10) {
    throw new TypeError(`not a message of JetStream: its reply subject is '${reply}'`);
  }
  let at = tokens === 9 ? '$JS.ACK.'.length : after(reply, after(reply, '$JS.ACK.'.length));
  const stream = reply.slice(at, (at = after(reply, at)) - 1);
  at = after(reply, at); // the consumer
  const deliveries = numberAt(reply, at);
  at = after(reply, at);
  const sequence = numberAt(reply, at);
  at = after(reply, after(reply, at)); // the sequence of the consumer
  return { stream, sequence, deliveries, time: reply.slice(at, after(reply, at) - 1) };
}

/** Where the next token begins. */
function after(reply: string, at: number): number {
  return reply.indexOf('.', at) + 1;
}

/** The number in a token of digits, as the server writes it. */
function numberAt(reply: string, at: number): number {
  let number = 0;
  for (let n = at; n < reply.length && reply[n] !== '.'; n += 1) number = number * 10 + reply.charCodeAt(n) - 0x30;
  return number;
}

/** Reports that work on the message continues. */
export const WORKING = '+WPI';

/** The acknowledgement for a settlement, in ASCII (nats-architecture-and-design, ADR-13 and ADR-37). */
export function acknowledgementOf(settlement: Settlement): string {
  switch (settlement.kind) {
    case 'accept':
      return '+ACK';
    case 'drop':
      return `+TERM ${settlement.reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 512)}`;
    case 'retry':
      return `-NAK ${JSON.stringify({ delay: Math.round(settlement.afterMs * 1_000_000) })}`;
    case 'release':
      return '-NAK';
  }
}

/** Whether acknowledging twice is the same as once, even after the message was delivered to another consumer. */
export function isRepeatable({ kind }: Settlement): boolean {
  return kind === 'accept' || kind === 'drop';
}
