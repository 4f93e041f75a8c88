import type { Logger } from '#trigger';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { clientOptions } from './client-options.ts';
import type { ConnectionOptions } from './connection-options.ts';
import { connectionError } from './nats-error.ts';

export interface LinkOptions {
  readonly connection: ConnectionOptions;
  /** Of the trigger or output that it is for. */
  readonly name: string;
  readonly log: Logger;
}

/**
 * A connection to NATS that comes back for ever. Each trigger and output has its own, so that a flood on one delays no heartbeat or
 * acknowledgement of another.
 *
 * What was sent in one session (from a connect to the next disconnect) and not answered in it is unknown: the client forgets what it had
 * not written yet. So whoever waits for an answer also watches `session`.
 */
export class Link implements AsyncDisposable {
  readonly nc: NatsConnection;
  /** For logs and messages: the servers, without secrets. */
  readonly addresses: string;
  readonly #log: Logger;
  #session = new AbortController();
  #connected = Promise.withResolvers<void>();
  #closing = false;

  private constructor(nc: NatsConnection, addresses: string, log: Logger) {
    this.nc = nc;
    this.addresses = addresses;
    this.#log = log;
    this.#connected.resolve();
    void this.#watch();
  }

  /** Rejects with SLU3301 (transient: not reachable) or SLU3302 (refused). */
  static async open({ connection, name, log }: LinkOptions, signal: AbortSignal): Promise<Link> {
    const addresses = connection.servers.map(({ address }) => address).join(', ');
    try {
      signal.throwIfAborted();
      const connecting = connect(await clientOptions(connection, name));
      const nc = await orAborted(connecting, signal);
      return new Link(nc, addresses, log);
    } catch (thrown) {
      throw connectionError(thrown, addresses);
    }
  }

  /** Aborted when the present session ends; a new one while it is connected again. */
  get session(): AbortSignal {
    return this.#session.signal;
  }

  get connected(): boolean {
    return !this.#session.signal.aborted;
  }

  /** Resolves when there is a session, when `signal` is aborted, or when the link is closed. */
  async whenConnected(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.connected) return;
    const gaveUp = Promise.withResolvers<void>();
    const giveUp = (): void => gaveUp.resolve();
    signal.addEventListener('abort', giveUp, { once: true });
    await Promise.race([this.#connected.promise, gaveUp.promise]);
    signal.removeEventListener('abort', giveUp);
  }

  /** Drops the connection and makes a new one: for a server that no longer answers. */
  async renew(): Promise<void> {
    await this.nc.reconnect();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.nc.close();
    this.#session.abort();
    this.#connected.resolve();
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      switch (status.type) {
        case 'disconnect':
          this.#lost();
          break;
        case 'reconnect':
          this.#log.info({ server: status.server }, 'connected to NATS again');
          this.#session = new AbortController();
          this.#connected.resolve();
          break;
        case 'error':
          this.#log.warn({ err: status.error }, 'NATS reports an error');
          break;
        default:
          this.#log.debug({ status }, 'NATS connection');
      }
    }
  }

  #lost(): void {
    if (!this.connected) return;
    if (!this.#closing) this.#log.warn({ servers: this.addresses }, 'connection to NATS lost; trying again for ever');
    this.#connected = Promise.withResolvers<void>();
    this.#session.abort();
  }
}

/** The client can't be told to stop connecting: what comes too late is closed. */
async function orAborted(connecting: Promise<NatsConnection>, signal: AbortSignal): Promise<NatsConnection> {
  const aborted = Promise.withResolvers<never>();
  const abort = (): void => aborted.reject(signal.reason);
  signal.addEventListener('abort', abort, { once: true });
  try {
    return await Promise.race([connecting, aborted.promise]);
  } catch (thrown) {
    void connecting.then((nc) => nc.close()).catch(() => {}); // whatever became of it, nobody waits for it
    throw thrown;
  } finally {
    signal.removeEventListener('abort', abort);
  }
}
