/** What the reply subject of a JetStream message tells about it. */
export interface DeliveryInfo {
  readonly stream: string;
  readonly sequence: number;
  /** How often it was delivered, this time included; 1 for the first. */
  readonly deliveries: number;
  /** When the stream stored it, in nanoseconds since 1970. */
  readonly time: bigint;
}

/**
 * Reads `$JS.ACK.<stream>.<consumer>.<deliveries>.<stream seq>.<consumer seq>.<time>.<pending>`, or the longer form with domain and
 * account hash after `$JS.ACK` and more at the end (nats-architecture-and-design, ADR-15). Throws a TypeError for anything else.
 */
export function deliveryInfo(reply: string): DeliveryInfo {
  const tokens = reply.split('.');
  const at = tokens.length === 9 ? 2 : 4;
  const [stream, , deliveries, sequence, , time] = tokens.slice(at);
  if (tokens[0] !== '$JS' || tokens[1] !== 'ACK' || stream === undefined || time === undefined) {
    throw new TypeError(`not a message of JetStream: its reply subject is '${reply}'`);
  }
  return { stream, deliveries: Number(deliveries), sequence: Number(sequence), time: BigInt(time) };
}
