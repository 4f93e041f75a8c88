import type { Clock, Logger } from '#trigger';
import { type Msg, nanos, type Subscription } from '@nats-io/transport-node';
import type { Consumer } from './consumer.ts';
import { headersOf } from '../messages/header-block.ts';
import type { Link } from '../connection/link.ts';

export interface PullerOptions {
  readonly link: Link;
  readonly consumer: Consumer;
  /** `$JS.API`, or that of a domain. */
  readonly api: string;
  readonly clock: Clock;
  readonly log: Logger;
  /** A message arrived; it counts as held until `free`. */
  readonly arrived: (msg: Msg) => void;
  /** Whether JetStream confirms that the durable exists; `false` without an answer. If it is gone, rejects with the error to fail with. */
  readonly check: () => Promise<boolean>;
  /** It stopped requesting for good: `check` rejected, or the connection is closed. */
  readonly failed: (thrown: unknown) => void;
}

/** A request for messages lasts this long, and the server sends a heartbeat this often while it has none. In milliseconds. */
const EXPIRES_MS = 30_000;
const HEARTBEAT_MS = 5000;
/** Two missed heartbeats, and half an interval for transport. */
const SILENCE_MS = 2.5 * HEARTBEAT_MS;
const PAUSE_MS = 500;
/** How long a stop waits for messages that are under way. */
const DRAIN_MS = 2000;

/**
 * Requests messages from a durable so that *asked + held* never exceeds the window.
 *
 * While it is started it lives in rounds. A round has its own inbox, requests more as messages are settled, and ends when the open requests are
 * unknown: the connection was lost, heartbeats stopped, the consumer has a new leader. Then the inbox is dropped, which ends open requests on the
 * server. Once the durable is known to exist, the next round begins with nothing requested.
 */
export class Puller {
  readonly #options: PullerOptions;
  #started: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  #inbox: Subscription | undefined;
  #asked = 0;
  #held = 0;
  #heardAt = 0;
  #broken = Promise.withResolvers<void>();
  #trouble: string | undefined;

  constructor(options: PullerOptions) {
    this.#options = options;
  }

  /** Messages requested and not yet arrived. */
  get asked(): number {
    return this.#asked;
  }

  /** Messages that arrived and were not yet freed. */
  get held(): number {
    return this.#held;
  }

  /** Why no messages come at the moment. */
  get trouble(): string | undefined {
    return this.#trouble;
  }

  /** That many held messages were settled or returned. */
  free(count: number): void {
    this.#held -= count;
    this.#ask();
  }

  /** Begins to request messages, unless it already has. */
  start(): void {
    if (this.#started !== undefined) return;
    const stop = new AbortController();
    this.#started = { stop, done: this.#run(stop.signal).catch((thrown: unknown) => this.#options.failed(thrown)) };
  }

  /** Stops requesting until `start`. Resolves when messages that were under way have arrived, if the connection allows that. */
  async stop(): Promise<void> {
    const started = this.#started;
    started?.stop.abort();
    await started?.done;
    if (this.#started === started) this.#started = undefined;
  }

  async #run(stop: AbortSignal): Promise<void> {
    const { link, log, consumer } = this.#options;
    for (let round = 1; !stop.aborted; round += 1) {
      if (round > 1) await this.#lookAround(stop);
      if (stop.aborted) return;
      this.#trouble = undefined;
      await this.#round(link.session, stop);
      if (!stop.aborted)
        log.debug({ stream: consumer.stream, durable: consumer.name, round }, 'requesting messages again');
    }
  }

  async #round(session: AbortSignal, stop: AbortSignal): Promise<void> {
    const { link, clock } = this.#options;
    this.#broken = Promise.withResolvers<void>();
    const over = AbortSignal.any([session, stop]);
    const end = this.#broken.resolve;
    if (over.aborted) return;
    over.addEventListener('abort', () => end(), { once: true });
    const inbox = link.nc.subscribe(link.inbox(), {
      callback: (error, msg) => (error === null ? this.#hear(msg, inbox) : this.#end(error.message)),
    });
    this.#inbox = inbox;
    this.#heardAt = clock.now();
    this.#ask();
    const listening = new AbortController();
    void this.#listen(listening.signal);
    await this.#broken.promise;
    listening.abort();
    this.#inbox = undefined;
    this.#asked = 0;
    if (stop.aborted) await link.drained(inbox, DRAIN_MS);
    else inbox.unsubscribe();
  }

  /** Ends the round if the server falls silent in spite of an open request. */
  async #listen(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted) {
      await clock.sleep(HEARTBEAT_MS / 2, signal);
      if (this.#asked > 0 && clock.now() - this.#heardAt > SILENCE_MS) this.#end('no sign of life from JetStream');
    }
  }

  /** Resolves when there is a connection and the durable is known to exist. */
  async #lookAround(stop: AbortSignal): Promise<void> {
    const { link, clock, check } = this.#options;
    if (link.connected) await clock.sleep(PAUSE_MS, stop);
    while (!stop.aborted) {
      if (!link.connected) {
        this.#trouble = `disconnected from ${link.addresses}`;
        await link.whenConnected(stop);
        continue;
      }
      if (await check()) return;
      this.#trouble = 'JetStream does not answer';
      await link.probe();
      await clock.sleep(PAUSE_MS, stop);
    }
  }

  #hear(msg: Msg, inbox: Subscription): void {
    this.#heardAt = this.#options.clock.now();
    if (msg.subject !== inbox.getSubject()) {
      this.#held += 1;
      if (this.#asked > 0) this.#asked -= 1;
      this.#options.arrived(msg);
    } else if (inbox === this.#inbox) this.#hearStatus(msg);
  }

  /** Status messages of a pull consumer (nats-architecture-and-design, ADR-13). Those that report the rest of a request end only that request. */
  #hearStatus(msg: Msg): void {
    const { status, description, headers } = headersOf(msg);
    if (status === 100) return;
    const left = headers.find(([name]) => name === 'Nats-Pending-Messages')?.[1];
    if (left === undefined) return this.#end(`JetStream says ${status} ${description}`);
    this.#asked = Math.max(0, this.#asked - Number(left));
    this.#ask();
  }

  #end(trouble: string): void {
    this.#trouble = trouble;
    this.#broken.resolve();
  }

  /** Requests messages once there is room for a quarter of the window: this makes fewer and larger requests. */
  #ask(): void {
    const { link, consumer, api, clock } = this.#options;
    const room = consumer.window - this.#asked - this.#held;
    if (this.#inbox === undefined || (room < Math.max(1, consumer.window / 4) && this.#asked > 0) || room < 1) return;
    if (!link.connected) return;
    const batch = Math.min(room, consumer.maxBatch);
    if (this.#asked === 0) this.#heardAt = clock.now();
    this.#asked += batch;
    const expires = nanos(Math.min(EXPIRES_MS, consumer.maxExpiresMs));
    const request = { batch, expires, idle_heartbeat: Math.min(nanos(HEARTBEAT_MS), Math.floor(expires / 2)) };
    link.nc.publish(`${api}.CONSUMER.MSG.NEXT.${consumer.stream}.${consumer.name}`, JSON.stringify(request), {
      reply: this.#inbox.getSubject(),
    });
  }
}
