import type { Settlement } from '#trigger';

/** The message is still worked on. */
export const WORKING = '+WPI';

/** What JetStream is told of a message that is settled so, in ASCII (nats-architecture-and-design, ADR-13 and ADR-37). */
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

/** Whether saying it twice is the same as saying it once, even after the message was delivered to somebody else. */
export function isRepeatable({ kind }: Settlement): boolean {
  return kind === 'accept' || kind === 'drop';
}
