import { createHash } from 'node:crypto';
import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  type StateFile,
  type Trigger,
  type TriggerSupports,
} from '#trigger';
import { type CronOptions, describeSchedule } from './options.ts';
import { requestRun } from './run-request.ts';
import { SlotDelivery } from './slot-delivery.ts';
import { slotEvent } from './slot-event.ts';
import { EXTEND_EVERY_MS } from './slot-lease.ts';
import { type Slot, SlotRecords } from './slot-records.ts';
import { type Hold, type Owners, StateLease } from './state-lease.ts';
import { LONGEST_NAP_MS, Timekeeper } from './timekeeper.ts';

/** How often it is looked whether another process that holds a slot still lives. */
const LOOK_AFTER_OTHERS_MS = 1000;
/** Only a commit, or the signal, ends such a wait. */
const UNTIL_COMMIT_MS = 2 ** 30;

/**
 * A schedule as a source of events. Two things go on side by side, in each process that has the trigger open, and meet in the records of
 * the state file: the timekeeper decides which slots are to run, and `take` claims those that are.
 *
 *     (nothing) --decided--> waiting --claimed--> held --settled--> done | dropped
 *          \                    ^                   |
 *           `--> skipped        `--- retry, release, holder gone
 */
export class CronTrigger implements Trigger {
  readonly supports: TriggerSupports = {
    durable: true,
    retryAfter: true,
    attempts: true,
    ordered: false,
    headers: true,
    atomicOutputs: false,
    extendEveryMs: EXTEND_EVERY_MS,
  };
  readonly #options: CronOptions;
  readonly #context: AdapterContext;
  readonly #state: StateFile;
  readonly #records: SlotRecords;
  readonly #lease: StateLease;
  readonly #timekeeper: Timekeeper;
  readonly #over = new AbortController();
  readonly #timekeeping: Promise<void>;
  #failure: unknown;

  private constructor(options: CronOptions, context: AdapterContext, records: SlotRecords, owners: Owners) {
    const { name: trigger, state, clock, log } = context;
    this.#options = options;
    this.#context = context;
    this.#state = state;
    this.#records = records;
    this.#lease = new StateLease({ state, trigger, clock, owners, alone: options.overlap !== 'allow' });
    this.#timekeeper = new Timekeeper({ trigger, options, records, clock, log });
    this.#timekeeping = this.#timekeeper.run(this.#over.signal).catch((thrown: unknown) => {
      this.#failure = thrown;
      this.#over.abort();
    });
  }

  static async open(options: CronOptions, context: AdapterContext, owners: Owners): Promise<CronTrigger> {
    const records = new SlotRecords(context.state, context.name);
    const now = context.clock.now();
    await records.begin(describeSchedule(options), now);
    if (options.runAtStart) await records.add({ id: startId(owners.self), time: now, run: 'start' }, now);
    return new CronTrigger(options, context, records, owners);
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const end = AbortSignal.any([stop, this.#over.signal]);
    for (;;) {
      if (this.#failure !== undefined) throw this.#failure;
      if (end.aborted) return [];
      const seen = this.#state.version;
      const holds = this.#lease.holds();
      const deliveries = await this.#claim(max, holds);
      if (deliveries.length > 0) return deliveries;
      await this.#wait(holds, seen, end);
    }
  }

  trouble(): string | undefined {
    return this.#timekeeper.trouble;
  }

  dropped(): ReadonlyMap<string, number> {
    return this.#timekeeper.dropped;
  }

  backlog(): Promise<Backlog> {
    const now = this.#context.clock.now();
    const { ready, later, oldest } = this.#records.waiting(now);
    return Promise.resolve({ ready, waiting: later, ...(oldest === undefined ? {} : { oldestMs: now - oldest }) });
  }

  async fire(payload?: Uint8Array): Promise<void> {
    await requestRun(this.#state, this.#context.name, this.#context.clock.now(), payload);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#over.abort();
    await this.#timekeeping;
    // Commits keep their order: when this one is through, so are settlements that were made before.
    await this.#state.write(() => {}).catch(() => {});
  }

  async #claim(max: number, holds: readonly Hold[]): Promise<readonly Delivery[]> {
    const alone = this.#options.overlap !== 'allow';
    if (alone && holds.some(({ lapsed }) => !lapsed)) return [];
    const room = alone ? 1 : max;
    const abandoned = holds.filter(({ lapsed }) => lapsed).map(({ id }) => this.#records.get(id));
    const slots = [
      ...abandoned.filter((slot) => slot !== undefined),
      ...this.#records.ready(this.#context.clock.now(), room),
    ];
    const claimed = await Promise.all(slots.slice(0, room).map((slot) => this.#claimOne(slot)));
    return claimed.filter((delivery) => delivery !== undefined);
  }

  async #claimOne(slot: Slot): Promise<Delivery | undefined> {
    const claim = await this.#lease.claim(slot.id);
    if (claim === undefined) return undefined;
    const { name, clock, log } = this.#context;
    const event = slotEvent(name, this.#options, slot);
    const lost = (err?: unknown): void =>
      log.warn({ err, event: event.id }, 'the lease of a running slot was not extended');
    return new SlotDelivery({ event, slotId: slot.id, claim, lease: this.#lease, clock, lost });
  }

  /** Until something is committed, a slot's time comes, a lease lapses, or it is time to look for other reasons. */
  async #wait(holds: readonly Hold[], seen: number, end: AbortSignal): Promise<void> {
    const { clock } = this.#context;
    const now = clock.now();
    const times = [this.#records.waiting(now).next, ...holds.map(({ until }) => until)];
    const nap = holds.every(({ ours }) => ours) ? LONGEST_NAP_MS : LOOK_AFTER_OTHERS_MS;
    const soonest = Math.min(nap, ...times.map((time = now) => time - now).filter((ms) => ms > 0));
    const awake = new AbortController();
    const signal = AbortSignal.any([end, awake.signal]);
    await Promise.race([clock.sleep(soonest, signal), this.#state.changed(UNTIL_COMMIT_MS, signal, seen)]);
    awake.abort();
  }
}

/** One for each process, so that a trigger which is opened again does not start again. */
function startId(process: string): string {
  return `start-${createHash('sha256').update(process).digest('hex').slice(0, 16)}`;
}
