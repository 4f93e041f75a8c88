import { randomUUID } from 'node:crypto';
import {
  type AdapterContext,
  type Delivery,
  nanoseconds,
  type Settled,
  settleOnce,
  SluiceError,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import type { Msg, Subscription } from '@nats-io/transport-node';
import { CoreDelivery } from './core-delivery.ts';
import { Link } from '../connection/link.ts';
import { Mailbox } from '../messages/mailbox.ts';
import { messageEvent } from '../messages/message-event.ts';
import { type PackedMessage, PackedMessages } from './packed-messages.ts';
import { deniedError, permissionViolation } from '../connection/nats-error.ts';
import type { CoreOptions } from '../options/trigger-options.ts';

/** How long closing waits for messages and answers in flight, in milliseconds. */
const CLOSING_MS = 2000;

/**
 * A subscription of core NATS: at most once. Messages that arrive while every instance is busy wait in a mailbox of bounded size. Those that don't
 * fit are dropped and counted, since the server can't hold them back. Requests are answered.
 */
export class CoreTrigger implements Trigger {
  readonly supports: TriggerSupports = {
    durable: false,
    retryAfter: false,
    attempts: false,
    ordered: false,
    headers: true,
    atomicOutputs: false,
    drains: true,
  };
  readonly #options: CoreOptions;
  readonly #context: AdapterContext;
  readonly #link: Link;
  readonly #mailbox = new Mailbox(new PackedMessages());
  readonly #subscription: Subscription;
  /** Prefix of its events' ids: messages of core NATS have no ids. */
  readonly #id = randomUUID();
  readonly #source: string;
  readonly #dropped = new Map<string, number>();
  #waitingBytes = 0;
  #taken = 0;
  #ending: Promise<void> | undefined;

  /** Rejects with SLU3301, SLU3302 or SLU3307. */
  static async open(options: CoreOptions, context: AdapterContext, signal: AbortSignal): Promise<CoreTrigger> {
    await using opening = new AsyncDisposableStack();
    const link = opening.use(await Link.open(context, signal));
    const trigger = new CoreTrigger(options, context, link);
    // After the answer, the server has the subscription: messages that are published from now on arrive.
    await link.whileConnected(signal, () => link.nc.flush());
    await link.statusesRead();
    if (link.denied !== undefined) throw deniedError(link.denied);
    opening.move();
    return trigger;
  }

  private constructor(options: CoreOptions, context: AdapterContext, link: Link) {
    this.#options = options;
    this.#source = `nats:${options.subject}`;
    this.#context = context;
    this.#link = link;
    const { subject, queue } = options;
    this.#subscription = link.nc.subscribe(subject, {
      ...(queue === undefined ? {} : { queue }),
      callback: (error, msg) => (error === null ? this.#arrived(msg) : this.#mailbox.fail(subscriptionError(error))),
    });
    void link.closed.catch((thrown: unknown) => this.#mailbox.fail(thrown));
  }

  /** If `stop` is aborted already, the subscription ends, and `take` hands out buffered messages until there are none. */
  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    if (stop.aborted) await this.#end();
    const messages = await this.#mailbox.take(max, stop);
    const time = nanoseconds(this.#context.clock.now());
    return messages.map((msg) => this.#delivery(msg, time));
  }

  /** Core NATS can't take a message back: released and retried ones are lost, and counted. */
  settle(settlements: readonly Settled<CoreDelivery>[]): Promise<readonly Unsettled[]> | void {
    const unsettled: Unsettled[] = [];
    for (const { delivery, settlement } of settleOnce(settlements, unsettled)) {
      if (settlement.kind === 'release' || settlement.kind === 'retry') this.#drop('released', 1);
      if (!delivery.awaitsReply) continue;
      try {
        delivery.answer(settlement);
      } catch (error) {
        unsettled.push({ delivery, error });
      }
    }
    return unsettled.length === 0 ? undefined : Promise.resolve(unsettled);
  }

  trouble(): string | undefined {
    return this.#link.connected ? undefined : `disconnected from ${this.#link.addresses}`;
  }

  dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#end();
    const left = this.#mailbox.clear().length;
    if (left > 0) this.#drop('not-taken', left);
    await this.#link.flushed(CLOSING_MS); // answers
    await this.#link[Symbol.asyncDispose]();
  }

  #arrived(msg: Msg): void {
    const { buffer, bufferBytes } = this.#options;
    const bytes = msg.data.byteLength;
    const full = this.#mailbox.size >= buffer || (this.#mailbox.size > 0 && this.#waitingBytes + bytes > bufferBytes);
    if (full) return this.#drop('slow-consumer', 1);
    this.#waitingBytes += bytes;
    this.#mailbox.put(msg);
  }

  #drop(reason: string, count: number): void {
    const before = this.#dropped.get(reason) ?? 0;
    this.#dropped.set(reason, before + count);
    if (before > 0) return;
    const { subject } = this.#options;
    this.#context.log.warn(
      { subject, reason, count },
      'messages of core NATS are dropped; more of this is counted and not logged',
    );
  }

  /** Unsubscribes. Resolves when the messages that the server had already sent have arrived. */
  #end(): Promise<void> {
    this.#ending ??= this.#link.drained(this.#subscription, CLOSING_MS);
    return this.#ending;
  }

  #delivery(msg: PackedMessage, time: bigint): Delivery {
    this.#waitingBytes -= msg.data.byteLength;
    this.#taken += 1;
    const position = `${this.#id}:${this.#taken}`;
    const event = messageEvent(msg, { source: this.#source, id: position, time });
    const place = msg.subject;
    const reply = this.#options.reply ? msg.reply : '';
    return new CoreDelivery({ event, position, place, reply, link: this.#link });
  }
}

function subscriptionError(error: Error): SluiceError {
  const denied = permissionViolation(error);
  return denied === undefined
    ? new SluiceError('SLU3001', `the subscription ended: ${error.message}`, { cause: error, transient: true })
    : deniedError(denied);
}
