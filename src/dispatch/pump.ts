import type { Delivery } from '../delivery.ts';
import { orAborted } from '../cancellation.ts';
import type { Trigger } from '../trigger/trigger.ts';
import { Acceptances } from './conclusion/settle.ts';
import type { EndSignals } from './ending.ts';
import { HeldDelivery, type Holder } from './held-delivery.ts';
import { Lanes } from './lanes.ts';
import { Permits } from './permits.ts';
import type { TriggerContext } from './trigger-context.ts';

/** Answers of one trigger that wait to be published, in bytes: above it, its calls are withheld until half of that is published. */
const MOST_UNPUBLISHED_BYTES = 64 * 2 ** 20;

/**
 * Takes deliveries from one open trigger, never more than there are free permits, and follows each to its settlement. Ends when `stop` is
 * aborted or the source fails.
 */
export class Pump implements Holder {
  readonly trigger: Trigger;
  readonly context: TriggerContext;
  readonly permits: Permits;
  readonly lanes: Lanes<HeldDelivery>;
  readonly acceptances = new Acceptances();
  readonly cancel: AbortSignal;
  readonly abandon: AbortSignal;
  /** In no order. */
  readonly #held: HeldDelivery[] = [];
  readonly #stop: AbortSignal;
  readonly #closing = new AbortController();
  readonly #heeded = new WeakSet<AbortSignal>();
  #lost: unknown;
  #unpublishedBytes = 0;
  #isFull = false;

  constructor(
    trigger: Trigger,
    context: TriggerContext,
    concurrency: number,
    { stop, cancel, abandon }: Pick<EndSignals, 'stop' | 'cancel' | 'abandon'>,
  ) {
    this.trigger = trigger;
    this.context = context;
    this.permits = new Permits(concurrency);
    this.lanes = new Lanes(context.strictOrder ? 1 : concurrency);
    this.#stop = stop;
    this.cancel = cancel;
    this.abandon = abandon;
  }

  get closing(): AbortSignal {
    return this.#closing.signal;
  }

  /** The error of the source, while its last deliveries are settled. */
  get lost(): unknown {
    return this.#lost;
  }

  /**
   * Resolves when nothing more is taken and all that was held is settled or, after `cancel`, given back, or, after `abandon`, left unsettled,
   * so that it comes again. If the source fails, does the same and rejects with its error.
   */
  async run(): Promise<void> {
    const extending = this.#extend();
    const withdraw = (): void => {
      this.#closing.abort();
      if (this.trigger.supports.drains !== true) this.context.pool.withdraw(this);
    };
    const giveUp = (): void => this.context.pool.cancel(this);
    this.#stop.addEventListener('abort', withdraw);
    this.cancel.addEventListener('abort', giveUp);
    const abandon = (): void => this.#abandonHeld();
    this.abandon.addEventListener('abort', abandon);
    try {
      await this.#take();
    } catch (thrown) {
      if (this.abandon.aborted) return;
      this.#lost = thrown;
      throw thrown;
    } finally {
      this.#closing.abort();
      this.lanes.releaseWaiting();
      await this.permits.allFree(NEVER);
      clearInterval(extending);
      this.#stop.removeEventListener('abort', withdraw);
      this.cancel.removeEventListener('abort', giveUp);
      this.abandon.removeEventListener('abort', abandon);
    }
  }

  get isFull(): boolean {
    return this.#isFull;
  }

  unpublished(bytes: number): void {
    this.#unpublishedBytes += bytes;
    const most = this.#isFull ? MOST_UNPUBLISHED_BYTES / 2 : MOST_UNPUBLISHED_BYTES;
    if (this.#unpublishedBytes > most === this.#isFull) return;
    this.#isFull = !this.#isFull;
    if (this.#isFull) this.context.pool.withhold(this);
    else this.context.pool.resume();
  }

  ended(held: HeldDelivery, started: boolean): void {
    this.#remove(held);
    this.permits.give();
    if (started) this.lanes.over(held);
  }

  async #take(): Promise<void> {
    for (;;) {
      await this.permits.available(this.trigger.supports.drains === true ? this.cancel : this.#stop);
      // Settlements that are confirmed together free their permits in one turn: wait for it, and take for all of them at once.
      await turn();
      if (this.cancel.aborted || (this.#stop.aborted && this.trigger.supports.drains !== true)) return;
      this.lanes.taking();
      // A take that returns after `abandon` was never held: its events come again.
      const deliveries = await orAborted(this.trigger.take(this.permits.free, this.#stop), this.abandon);
      this.#hold(deliveries);
      if (this.#stop.aborted && deliveries.length === 0) return;
    }
  }

  #hold(deliveries: readonly Delivery[]): void {
    this.permits.use(deliveries.length);
    this.context.tally.taken += deliveries.length;
    const held = deliveries.map((delivery) => new HeldDelivery(delivery, this));
    for (const one of held) {
      one.seat = this.#held.push(one) - 1;
      if (one.delivery.lost !== undefined) this.#heed(one.delivery.lost);
    }
    if (!this.#stop.aborted || this.trigger.supports.drains === true) return this.lanes.taken(held);
    for (const one of held) one.release();
  }

  /** When another reader has these events, takes back from the pool what no guest has begun. */
  #heed(lost: AbortSignal): void {
    if (this.#heeded.has(lost)) return;
    this.#heeded.add(lost);
    lost.addEventListener('abort', () => this.context.pool.withdraw(this, lost), { once: true });
  }

  /** The last one takes its seat: a set would be rebuilt again and again as thousands come and go. */
  #remove(held: HeldDelivery): void {
    const last = this.#held.pop();
    if (last === undefined || last === held) return;
    last.seat = held.seat;
    this.#held[held.seat] = last;
  }

  #abandonHeld(): void {
    const held = [...this.#held];
    if (held.length === 0) return;
    for (const one of held) one.abandon();
    this.context.log.warn(
      { events: held.length },
      'the source did not confirm in time what became of its events; they may come again',
    );
  }

  #extend(): NodeJS.Timeout | undefined {
    const { extendEveryMs } = this.trigger.supports;
    if (extendEveryMs === undefined) return undefined;
    return setInterval(() => {
      for (const held of this.#held) held.extend();
    }, extendEveryMs);
  }
}

const NEVER = new AbortController().signal;

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
