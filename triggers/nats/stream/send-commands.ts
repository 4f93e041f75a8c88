import { ClosedConnectionError, type NatsConnection } from '@nats-io/transport-node';

/**
 * The client's connections have it (nats-core 3.4), though its declarations leave it out: commands of the protocol, sent in order with what
 * `publish` is given.
 */
interface Commanded {
  readonly protocol: { sendCommand(commands: string): void };
}

/** Sends commands of NATS' protocol in one go. Throws when the connection is closed, or about to be. */
export function sendCommands(nc: NatsConnection, commands: string): void {
  if (nc.isClosed() || nc.isDraining()) throw new ClosedConnectionError();
  (nc as NatsConnection & Commanded).protocol.sendCommand(commands);
}
