import type { Settlement } from '#trigger';

const encoder = new TextEncoder();
const ACK = encoder.encode('+ACK');
const NAK = encoder.encode('-NAK');
/** The message is still worked on. */
export const WORKING = encoder.encode('+WPI');

/** What JetStream is told of a message that is settled so (nats-architecture-and-design, ADR-13 and ADR-37). */
export function acknowledgementOf(settlement: Settlement): Uint8Array {
  switch (settlement.kind) {
    case 'accept':
      return ACK;
    case 'drop':
      return encoder.encode(`+TERM ${settlement.reason.replaceAll(/[^\x20-\x7e]+/g, ' ').slice(0, 512)}`);
    case 'retry':
      return encoder.encode(`-NAK ${JSON.stringify({ delay: Math.round(settlement.afterMs * 1_000_000) })}`);
    case 'release':
      return NAK;
  }
}

/** Whether saying it twice is the same as saying it once, even after the message was delivered to somebody else. */
export function isRepeatable({ kind }: Settlement): boolean {
  return kind === 'accept' || kind === 'drop';
}
