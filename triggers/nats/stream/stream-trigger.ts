import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  type Settled,
  settledOrCancelled,
  SluiceError,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import type { JetStreamManager } from '@nats-io/jetstream';
import type { Msg } from '@nats-io/transport-node';
import type { Link } from '../connection/link.ts';
import { deniedError, isStreamMissing, permissionViolation } from '../connection/nats-error.ts';
import { Items, Mailbox } from '../messages/mailbox.ts';
import { messageEvent, type Order, orderBy } from '../messages/message-event.ts';
import type { StreamOptions } from '../options/trigger-options.ts';
import { type Consumer, findConsumer } from './consumer.ts';
import { openDurable, type OpenDurable } from './open-durable.ts';
import { Puller } from './puller.ts';
import { attemptOf, type ReleaseLedger } from './release-ledger.ts';
import { deliveryInfo, WORKING } from './reply-subject.ts';
import { Settler, unconfirmed } from './settler.ts';
import { StreamDelivery, type StreamDesk } from './stream-delivery.ts';
import { StreamSettlements } from './stream-settlements.ts';
import { findStream, missing } from './stream.ts';

/** An acknowledgement is repeated for at least this long, and at least for the consumer's ack_wait. */
const LEAST_PATIENCE_MS = 30_000;
/** How long closing waits for acknowledgements that are under way. */
const CLOSING_MS = 5000;

const never = new AbortController().signal;
const RELEASE = { kind: 'release' } as const;

/**
 * A durable pull consumer of a JetStream stream. A message is requested, arrives in the mailbox, is taken, and counts against the window
 * until it is settled; meanwhile the server is told that it is in progress.
 */
export class StreamTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #context: AdapterContext;
  readonly #link: Link;
  readonly #jsm: JetStreamManager;
  readonly #desk: StreamDesk;
  readonly #source: string;
  readonly #consumer: Consumer;
  readonly #order: Order | undefined;
  readonly #ledger: ReleaseLedger;
  readonly #settler: Settler;
  readonly #settlements: StreamSettlements;
  readonly #puller: Puller;
  readonly #waiting = new Items<Msg>();
  readonly #mailbox = new Mailbox(this.#waiting);
  readonly #extending: NodeJS.Timeout;
  #heeded: AbortSignal | undefined;
  #givingBack: Promise<void> | undefined;
  #missed = false;

  /** Rejects as `openDurable` does. */
  static async open(options: StreamOptions, context: AdapterContext, signal: AbortSignal): Promise<StreamTrigger> {
    const { order } = options;
    return new StreamTrigger(await openDurable(options, context, signal), order, context);
  }

  private constructor({ link, jsm, api, made, consumer, ledger }: OpenDurable, order: string, context: AdapterContext) {
    const { clock, log } = context;
    this.#context = context;
    this.#link = link;
    this.#jsm = jsm;
    this.#desk = { link, log: `${encodeURI(consumer.stream)}/${made}` };
    this.#source = `nats:${consumer.stream}`;
    this.#consumer = consumer;
    this.#ledger = ledger;
    this.#order = orderBy(order);
    this.#settler = new Settler(link, clock, Math.max(LEAST_PATIENCE_MS, consumer.ackWaitMs));
    this.supports = {
      durable: true,
      // Later messages of its lane would overtake a message that goes back for a while. So with an order, it is retried where it is held.
      retryAfter: this.#order === undefined,
      attempts: true,
      ordered: false,
      headers: true,
      atomicOutputs: false,
      extendEveryMs: consumer.extendEveryMs,
    };
    const arrived = (msg: Msg): void => this.#mailbox.put(msg);
    const check = (): Promise<boolean> => this.#isThere();
    const failed = (thrown: unknown): void => this.#mailbox.fail(thrown);
    this.#puller = new Puller({ link, consumer, api, clock, log, arrived, check, failed });
    const freed = (count: number): void => this.#puller.free(count);
    this.#settlements = new StreamSettlements({ settler: this.#settler, ledger, freed });
    link.onDenied((denied) => {
      if (/^\$JS\.ACK\.|\.CONSUMER\.MSG\.NEXT\./.test(denied.subject)) this.#mailbox.fail(deniedError(denied));
    });
    this.#extending = setInterval(() => this.#extendWaiting(), consumer.extendEveryMs);
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    await this.#givingBack;
    if (stop.aborted) return [];
    this.#heed(stop);
    this.#puller.start();
    return (await this.#mailbox.take(max, stop)).map((msg) => this.#delivery(msg));
  }

  settle(settlements: readonly Settled<StreamDelivery>[], cancel: AbortSignal): Promise<readonly Unsettled[]> {
    this.#settler.heed(cancel);
    return settledOrCancelled(this.#settlements.settle(settlements), cancel);
  }

  /** Rejects at once without a connection: a status request must not wait for one. */
  async backlog(): Promise<Backlog> {
    const { stream, name } = this.#consumer;
    const { num_pending: ready, num_ack_pending: out } = await this.#link.whileConnected(never, () =>
      this.#jsm.consumers.info(stream, name),
    );
    return { ready, waiting: Math.max(0, out - this.#puller.held) };
  }

  trouble(): string | undefined {
    return this.#puller.trouble;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#giveBack();
    clearInterval(this.#extending);
    await this.#settler.idle(this.#link.connected ? CLOSING_MS : 0);
    await this.#link[Symbol.asyncDispose]();
  }

  #delivery(msg: Msg): Delivery {
    const info = deliveryInfo(msg.reply ?? '');
    const { stream, sequence, deliveries, time } = info;
    // The time distinguishes ids of a recreated stream from those of its predecessor.
    const id = `${stream}:${sequence}:${time}`;
    const event = messageEvent(msg, { source: this.#source, id, time: BigInt(time) });
    const released = deliveries > 1 ? this.#ledger.countOf(sequence) : 0;
    const { attempts } = this.#context;
    const attempt = attemptOf({ deliveries, released, attempts, maxDeliver: this.#consumer.maxDeliver });
    return new StreamDelivery(msg, event, info, attempt, this.#desk, this.#order?.(event, msg.subject));
  }

  /** Waiting messages go back as soon as `stop` is aborted, even if no take is pending. */
  #heed(stop: AbortSignal): void {
    if (stop === this.#heeded) return;
    this.#heeded = stop;
    stop.addEventListener('abort', () => void (stop === this.#heeded && this.#giveBack()), { once: true });
  }

  /** Stops requesting, and returns messages that arrived and were not taken at once, uncharged. Never rejects. */
  #giveBack(): Promise<void> {
    this.#givingBack ??= this.#returnWaiting().finally(() => (this.#givingBack = undefined));
    return this.#givingBack;
  }

  async #returnWaiting(): Promise<void> {
    await this.#puller.stop();
    const waiting = this.#mailbox.clear().map(({ reply = '' }) => ({ delivery: { reply }, settlement: RELEASE }));
    try {
      await this.#ledger.released(waiting.map(({ delivery }) => deliveryInfo(delivery.reply).sequence));
      if ((await this.#settler.settle(waiting)).length > 0) throw unconfirmed();
    } catch (thrown) {
      this.#context.log.warn(
        { err: thrown, count: waiting.length },
        'messages that were not started could not be given back; they come again after ack_wait',
      );
    }
    this.#puller.free(waiting.length);
  }

  #extendWaiting(): void {
    if (!this.#link.connected) return;
    for (const { reply = '' } of this.#waiting) this.#link.nc.publish(reply, WORKING);
  }

  /** A missing durable is looked for once more before it counts as gone: a cluster that just elected a leader may not know it yet. */
  async #isThere(): Promise<boolean> {
    const { stream, name } = this.#consumer;
    let gone: SluiceError;
    try {
      if ((await findConsumer(this.#jsm, stream, name)) !== undefined) {
        this.#missed = false;
        return true;
      }
      gone = (await findStream(this.#jsm, stream)) === undefined ? missing(stream) : deleted(stream, name);
    } catch (thrown) {
      const denied = permissionViolation(thrown);
      if (denied !== undefined) throw deniedError(denied);
      if (!isStreamMissing(thrown)) return false;
      gone = missing(stream);
    }
    if (this.#missed) throw gone;
    this.#missed = true;
    return false;
  }
}

function deleted(stream: string, durable: string): SluiceError {
  return new SluiceError('SLU3306', `durable '${durable}' of stream '${stream}' was deleted while it was in use`, {
    fix: 'restart Sluice to create it again; it begins where `deliver` says',
    state: 'messages that are held may be handled again',
  });
}
