import { type Clock, type Logger, orAborted, SluiceError } from '#trigger';
import {
  connect,
  createInbox,
  type NatsConnection,
  PermissionViolationError,
  type Subscription,
} from '@nats-io/transport-node';
import { clientOptions } from './client-options.ts';
import type { ConnectionOptions } from '../options/connection-options.ts';
import { connectionError } from './nats-error.ts';

/** The part of an adapter's context that a connection needs. */
export interface LinkContext {
  /** Output of this adapter's connection schema. */
  readonly connection?: unknown;
  /** The name of the trigger or output that uses it. */
  readonly name: string;
  readonly log: Logger;
  readonly clock: Clock;
}

const PROBE_MS = 2000;

/**
 * A connection to NATS that reconnects without end. Each trigger and output has its own, so that a flood on one delays no heartbeat or
 * acknowledgement of another.
 *
 * If a message is sent in one session (from a connect to the next disconnect) and not answered in it, its result is unknown: the client drops
 * unwritten messages. So a caller that waits for an answer also watches `session`.
 */
export class Link implements AsyncDisposable {
  readonly nc: NatsConnection;
  /** For logs and messages: the servers, without secrets. */
  readonly addresses: string;
  /** The JetStream domain of the connection. */
  readonly domain: string | undefined;
  readonly #inboxPrefix: string | undefined;
  readonly #log: Logger;
  readonly #clock: Clock;
  readonly #failed = Promise.withResolvers<never>();
  #session = new AbortController();
  #connected = Promise.withResolvers<void>();
  #denied: PermissionViolationError | undefined;
  #tellDenied: (denied: PermissionViolationError) => void = () => {};
  #probing: Promise<void> | undefined;
  #closing = false;

  private constructor(
    nc: NatsConnection,
    addresses: string,
    connection: ConnectionOptions,
    { log, clock }: LinkContext,
  ) {
    this.nc = nc;
    this.addresses = addresses;
    this.domain = connection.domain;
    this.#inboxPrefix = connection.inboxPrefix;
    this.#log = log;
    this.#clock = clock;
    this.#connected.resolve();
    this.#failed.promise.catch(() => {}); // callers of `closed` get it; there need not be any
    void this.#watch();
    void nc.closed().then((reason) => this.#closed(reason));
  }

  /** Rejects with SLU3301 (transient: not reachable) or SLU3302 (refused). */
  static async open(context: LinkContext, signal: AbortSignal): Promise<Link> {
    const connection = context.connection as ConnectionOptions; // output of this adapter's connection schema
    const addresses = connection.servers.map(({ address }) => address).join(', ');
    try {
      signal.throwIfAborted();
      const connecting = connect(await clientOptions(connection, context.name));
      // The client can't be made to stop connecting: a late connection is closed.
      const nc = await orAborted(connecting, signal).catch((thrown: unknown) => {
        void connecting.then((late) => late.close()).catch(() => {}); // nobody waits for it any more
        throw thrown;
      });
      return new Link(nc, addresses, connection, context);
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

  /** Resolves when there is a session, or when `signal` is aborted. Rejects with SLU3301 or SLU3302 when the link is closed for good. */
  async whenConnected(signal: AbortSignal): Promise<void> {
    if (signal.aborted || this.connected) return;
    const gaveUp = Promise.withResolvers<void>();
    const giveUp = (): void => gaveUp.resolve();
    signal.addEventListener('abort', giveUp, { once: true });
    await Promise.race([this.#connected.promise, this.#failed.promise, gaveUp.promise]);
    signal.removeEventListener('abort', giveUp);
  }

  /** The newest permission violation that the server reported. It comes unsolicited, not as an answer. */
  get denied(): PermissionViolationError | undefined {
    return this.#denied;
  }

  /** Calls `listener` with each such violation from now on. One listener at a time. */
  onDenied(listener: (denied: PermissionViolationError) => void): void {
    this.#tellDenied = listener;
  }

  /** Resolves when every status that the client had before the call has been read. */
  async statusesRead(): Promise<void> {
    await new Promise((resolve) => setImmediate(resolve));
  }

  /**
   * Runs an operation that must be answered within the current session. Rejects with SLU3301 (transient) when there is none or it ends first, with
   * SLU3002 (transient) when `signal` is aborted.
   */
  async whileConnected<T>(signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const { session } = this;
    const over = AbortSignal.any([session, signal]);
    const gone = Promise.withResolvers<never>();
    const leave = (): void =>
      gone.reject(signal.aborted ? gaveUp(signal) : connectionError('disconnected', this.addresses));
    if (over.aborted) leave();
    over.addEventListener('abort', leave, { once: true });
    try {
      return await Promise.race(over.aborted ? [gone.promise] : [work(), gone.promise]);
    } finally {
      over.removeEventListener('abort', leave);
    }
  }

  /** Rejects with SLU3301 or SLU3302 when the connection is closed for good other than by disposing of this. */
  get closed(): Promise<never> {
    return this.#failed.promise;
  }

  /** Ends a subscription. Resolves when the messages that the server had already sent have arrived, after `ms` milliseconds at most. */
  async drained(subscription: Subscription, ms: number): Promise<void> {
    if (this.connected) await this.#within(ms, subscription.drain());
    else subscription.unsubscribe();
  }

  /** Resolves when all sent data has reached the server, after `ms` milliseconds at most. */
  async flushed(ms: number): Promise<void> {
    if (this.connected) await this.#within(ms, this.nc.flush());
  }

  /** A new subject that only this connection listens to. */
  inbox(): string {
    return createInbox(this.#inboxPrefix);
  }

  /**
   * Replaces the connection unless the server answers a ping. For callers that miss an answer: a connection can fall silent without closing, and the
   * client's own pings take a minute to notice.
   */
  probe(): Promise<void> {
    this.#probing ??= this.#probe().finally(() => (this.#probing = undefined));
    return this.#probing;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing = true;
    await this.nc.close();
  }

  async #probe(): Promise<void> {
    const { session } = this;
    let answered = false;
    await this.#within(
      PROBE_MS,
      this.nc.flush().then(() => void (answered = true)),
    );
    if (answered || session.aborted || this.#closing) return;
    this.#log.warn({ servers: this.addresses }, 'NATS does not answer; the connection is replaced');
    await this.nc.reconnect().catch(() => {}); // closed meanwhile
  }

  async #within(ms: number, work: Promise<void>): Promise<void> {
    const over = new AbortController();
    const { session } = this;
    await Promise.race([work, this.#clock.sleep(ms, AbortSignal.any([session, over.signal]))]).catch(() => {}); // closed meanwhile
    over.abort();
  }

  async #watch(): Promise<void> {
    for await (const status of this.nc.status()) {
      if (status.type === 'disconnect') this.#lost();
      else if (status.type === 'reconnect') this.#found(status.server);
      else if (status.type === 'error') this.#complained(status.error);
      else this.#log.debug({ status }, 'NATS connection');
    }
  }

  #complained(error: Error): void {
    if (error instanceof PermissionViolationError) {
      this.#denied = error;
      this.#tellDenied(error);
    }
    this.#log.warn({ err: error }, 'NATS reports an error');
  }

  #found(server: string): void {
    this.#log.info({ server }, 'connected to NATS again');
    this.#session = new AbortController();
    this.#connected.resolve();
  }

  /** By us, or by the client itself, which closes it if it can't read a file with credentials. */
  #closed(reason: unknown): void {
    this.#lost();
    if (!this.#closing)
      this.#failed.reject(connectionError(reason ?? new Error('the connection was closed'), this.addresses));
  }

  #lost(): void {
    if (!this.connected) return;
    if (!this.#closing) this.#log.warn({ servers: this.addresses }, 'connection to NATS lost; reconnecting');
    this.#connected = Promise.withResolvers<void>();
    this.#session.abort();
  }
}

function gaveUp(signal: AbortSignal): SluiceError {
  return new SluiceError('SLU3002', 'the wait for a confirmation was given up', {
    cause: signal.reason,
    transient: true,
  });
}
