import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  type Settled,
  settleEach,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import type { CronOptions } from './options.ts';
import { type OpenSlots, openSlots } from './slots/open-slots.ts';
import { SlotDelivery, slotEvent } from './slots/slot-delivery.ts';
import { extendEveryMs, type SlotHold, type SlotLease } from './slots/slot-lease.ts';
import type { SlotRecords } from './slots/slot-records.ts';
import type { Owners } from './slots/state-lease.ts';
import { LONGEST_NAP_MS, Timekeeper } from './timekeeper.ts';

/** How often to check whether another process that holds a slot still lives. In milliseconds. */
const LOOK_AFTER_OTHERS_MS = 1000;

/**
 * A schedule as a source of events. Two activities run side by side in each process that has the trigger open, and meet in the records of the state
 * file or a shared store: the timekeeper decides which slots run, and `take` claims them.
 *
 *     (nothing) --decided--> waiting --claimed--> held --settled--> done | dropped
 *          \                    ^                   |
 *           `--> skipped        `--- retry, release, holder gone
 */
export class CronTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #options: CronOptions;
  readonly #context: AdapterContext;
  readonly #slots: OpenSlots;
  readonly #records: SlotRecords;
  readonly #lease: SlotLease;
  readonly #timekeeper: Timekeeper;
  readonly #over = new AbortController();
  readonly #timekeeping: Promise<void>;
  #failure: unknown;
  #awake = new AbortController();
  /** Ends the wait of `take`: there may be a slot. */
  readonly #wake = (): void => this.#awake.abort();

  private constructor(options: CronOptions, context: AdapterContext, slots: OpenSlots) {
    const { name: trigger, clock, log } = context;
    this.supports = {
      durable: true,
      retryAfter: true,
      attempts: true,
      ordered: false,
      headers: true,
      atomicOutputs: false,
      extendEveryMs: extendEveryMs(options.leaseMs),
    };
    this.#options = options;
    this.#context = context;
    const { records, lease } = slots;
    this.#slots = slots;
    this.#records = records;
    this.#lease = lease;
    this.#timekeeper = new Timekeeper({ trigger, options, records, clock, log, decided: this.#wake });
    this.#timekeeping = this.#timekeeper.run(this.#over.signal).catch((thrown: unknown) => {
      this.#failure = thrown;
      this.#wake();
    });
  }

  static async open(options: CronOptions, context: AdapterContext, owners: Owners): Promise<CronTrigger> {
    return new CronTrigger(options, context, await openSlots(options, context, owners));
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    stop.addEventListener('abort', this.#wake);
    try {
      for (;;) {
        if (this.#failure !== undefined) throw this.#failure;
        if (stop.aborted || this.#over.signal.aborted) return [];
        this.#awake = new AbortController();
        const seen = this.#records.version;
        const holds = this.#lease.holds();
        const deliveries = await this.#claim(max, holds);
        if (deliveries.length > 0) return deliveries;
        await this.#wait(holds, seen);
      }
    } finally {
      stop.removeEventListener('abort', this.#wake);
    }
  }

  settle(settlements: readonly Settled<SlotDelivery>[], cancel: AbortSignal): Promise<readonly Unsettled[]> {
    return settleEach(settlements, cancel, ({ delivery, settlement }) => delivery.settle(settlement));
  }

  trouble(): string | undefined {
    return this.#records.trouble ?? this.#timekeeper.trouble;
  }

  dropped(): ReadonlyMap<string, number> {
    return this.#timekeeper.dropped;
  }

  backlog(): Promise<Backlog> {
    const now = this.#context.clock.now();
    const { ready, readySince, later } = this.#records.waiting(now);
    const oldest = readySince === undefined ? {} : { oldestMs: now - readySince };
    return Promise.resolve({ ready, waiting: later, ...oldest });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    this.#wake();
    await this.#timekeeping;
    await this.#slots[Symbol.asyncDispose]();
  }

  async #claim(max: number, holds: readonly SlotHold[]): Promise<readonly Delivery[]> {
    const alone = this.#options.overlap !== 'allow';
    if (alone && holds.some(({ lapsed }) => !lapsed)) return [];
    const room = alone ? 1 : max;
    const abandoned = holds.filter(({ lapsed }) => lapsed).map(({ id }) => id);
    const ids = [...abandoned, ...this.#records.ready(this.#context.clock.now(), room)];
    const claimed = await Promise.all(ids.slice(0, room).map((id) => this.#claimOne(id)));
    return claimed.filter((delivery) => delivery !== undefined);
  }

  async #claimOne(id: string): Promise<Delivery | undefined> {
    const slot = await this.#records.get(id);
    if (slot === undefined) return undefined;
    const claim = await this.#lease.claim(id);
    if (claim === undefined) return undefined;
    const { name, clock, log } = this.#context;
    const event = slotEvent(name, this.#options, slot);
    return new SlotDelivery({
      event,
      slotId: slot.id,
      claim,
      lease: this.#lease,
      clock,
      settled: this.#wake,
      lost: (err) => log.warn({ err, event: event.id }, 'the lease of a running slot was not extended'),
    });
  }

  /** Waits until something happens here or in another process, a slot's time comes, or a lease expires. */
  async #wait(holds: readonly SlotHold[], seen: number): Promise<void> {
    const { signal } = this.#awake;
    const { clock } = this.#context;
    const now = clock.now();
    const times = [this.#records.waiting(now).nextAt ?? Infinity, ...holds.map(({ until }) => until)];
    const nap = holds.every(({ ours }) => ours) ? LONGEST_NAP_MS : LOOK_AFTER_OTHERS_MS;
    const soonest = Math.min(nap, ...times.map((time) => time - now).filter((ms) => ms > 0));
    await Promise.race([clock.sleep(soonest, signal), this.#records.changed(seen, signal)]);
    this.#awake.abort();
  }
}
