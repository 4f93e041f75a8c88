import { setImmediate as turn } from 'node:timers/promises';
import type { Delivery, Settled, Settlement, Unsettled } from '../../../delivery.ts';
import { SluiceError } from '../../../errors.ts';
import { settledOrCancelled } from '../../../cancellation.ts';
import type { Backlog, Trigger, TriggerSupports } from '../../trigger.ts';
import type { MemoryItem, MemorySource } from './memory-source.ts';

const everything: TriggerSupports = {
  durable: true,
  retryAfter: true,
  attempts: true,
  ordered: true,
  headers: true,
  atomicOutputs: true,
  drains: true,
  extendEveryMs: 1000,
};

interface MemoryDelivery extends Delivery {
  readonly item: MemoryItem;
  /** Its item's, while nobody else has that. */
  readonly lease: MemoryItem['lease'];
  settled: boolean;
}

const NEVER = new AbortController().signal;

export class MemoryTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #source: MemorySource;
  #disposed = false;

  constructor(source: MemorySource) {
    this.#source = source;
    this.supports = source.later ? { ...everything, settlesLater: true } : everything;
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const { faults } = this.#source;
    const most = faults.has('gives more than asked') ? max + 1 : max;
    for (;;) {
      if (stop.aborted && faults.has('rejects when stopped')) throw new SluiceError('SLU3001', 'stopped');
      const kept = stop.aborted && faults.has('keeps what it has');
      const free = kept ? [] : this.#free();
      const items = free.slice(0, most);
      if (faults.has('prefetches at a charge')) for (const item of free.slice(most)) this.#hold(item);
      if (items.length > 0 || stop.aborted || faults.has('does not wait'))
        return items.map((item) => this.#deliver(item));
      await turn();
    }
  }

  async settle(settlements: readonly Settled<MemoryDelivery>[], cancel: AbortSignal): Promise<readonly Unsettled[]> {
    const { faults, silent, later } = this.#source;
    if (silent !== undefined && !later) {
      await settledOrCancelled(silent, faults.has('ignores the cancel signal') ? NEVER : cancel);
    }
    const unsettled: Unsettled[] = [];
    for (const [n, { delivery, settlement }] of settlements.entries()) {
      if (n > 0 && faults.has('settles the first of a call alone')) break;
      const asked = faults.has('settles all as the first') ? (settlements[0]?.settlement ?? settlement) : settlement;
      try {
        this.#settleOne({ delivery, settlement: asked });
      } catch (error) {
        if (faults.has('fails the others with one')) throw error;
        if (!faults.has('tells of no failure')) unsettled.push({ delivery, error });
      }
    }
    return unsettled;
  }

  commits(): boolean {
    return true;
  }

  async backlog(): Promise<Backlog> {
    const { faults, items, clock } = this.#source;
    if (faults.has('tells no backlog')) return { ready: 0, waiting: 0 };
    if (faults.has('has a backlog always')) return { ready: 1, waiting: 0 };
    const waiting = faults.has('counts a retry as ready') ? 0 : items.filter(({ due }) => due > clock.now()).length;
    return { ready: items.length - waiting, waiting };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#disposed) {
      if (this.#source.faults.has('throws when disposed of twice')) throw new TypeError('disposed of twice');
      return;
    }
    this.#disposed = true;
    this.#source.open -= 1;
    this.#source.commitNoted();
    if (this.#source.faults.has('forgets on dispose')) this.#source.items = [];
    this.#source.takeFrom(this);
  }

  #free(): MemoryItem[] {
    const free = this.#source.items.filter((item) => this.#isFree(item));
    return this.#source.faults.has('gives the last first') ? free.toReversed() : free;
  }

  /** By how much a retry comes too early, in milliseconds. */
  get earlyMs(): number {
    if (this.#source.faults.has('retries early')) return Infinity;
    return this.#source.faults.has('retries a little early') ? 100 : 0;
  }

  #hold(item: MemoryItem): { readonly holder: Trigger; readonly since: number } {
    const lease = { holder: this, since: this.#source.clock.now() };
    item.lease = lease;
    item.attempt = this.#source.faults.has('counts no attempts') ? 1 : item.attempt + 1;
    return lease;
  }

  #isFree(item: MemoryItem): boolean {
    const { faults, clock, items } = this.#source;
    const { earlyMs } = this;
    const lapsed = (since: number): boolean =>
      faults.has('lets leases lapse') && clock.now() - since >= (this.supports.extendEveryMs ?? Infinity);
    const rests = ({ due, lease }: MemoryItem): boolean =>
      (lease !== undefined && !faults.has('gives to many') && !lapsed(lease.since)) || due - earlyMs > clock.now();
    if (faults.has('waits for every retry') && items.some(({ due }) => due > clock.now())) return false;
    if (rests(item)) return false;
    const lane = laneOf(item);
    if (lane === undefined || faults.has('lets others overtake')) return true;
    return !items.slice(0, items.indexOf(item)).some((before) => laneOf(before) === lane && rests(before));
  }

  #deliver(item: MemoryItem): MemoryDelivery {
    const lease = this.#hold(item);
    const lane = laneOf(item);
    return {
      event: item.event,
      position: this.#positionOf(item),
      attempt: item.attempt,
      ...(lane === undefined ? {} : { lane }),
      item,
      lease,
      settled: false,
    };
  }

  /** Throws why not. */
  #settleOne({ delivery, settlement }: Settled<MemoryDelivery>): void {
    const { faults } = this.#source;
    if (delivery.settled && !faults.has('settles twice')) throw new TypeError('settled before');
    delivery.settled = true;
    if (faults.has('publishes first')) this.#publish(settlement);
    if (delivery.item.lease !== delivery.lease && !faults.has('lets late ones settle'))
      throw new SluiceError('SLU3003', 'too late');
    this.#settle(delivery.item, settlement);
    if (!faults.has('publishes first')) this.#publish(settlement);
  }

  #positionOf({ number, event, attempt }: MemoryItem): string {
    if (this.#source.faults.has('takes the id for the position')) return event.id;
    return this.#source.faults.has('moves what it delivers again') ? `${number}/${attempt}` : String(number);
  }

  #settle(item: MemoryItem, settlement: Settlement): void {
    const source = this.#source;
    const { faults } = source;
    item.lease = undefined;
    if (faults.has('settles all at once')) source.items = [];
    else if (settlement.kind === 'retry' && !faults.has('forgets retries'))
      item.due = source.clock.now() + settlement.afterMs;
    else if (settlement.kind === 'release' && !faults.has('forgets releases')) this.#release(item);
    else if (!faults.has('accepts in vain')) this.#remove(item);
  }

  #release(item: MemoryItem): void {
    const { faults, items } = this.#source;
    item.attempt -= faults.has('charges a release') ? 0 : 1;
    if (faults.has('puts releases at the end')) items.push(...items.splice(items.indexOf(item), 1));
  }

  #remove(item: MemoryItem): void {
    const source = this.#source;
    source.items = source.items.filter((each) => each !== item);
    if (source.later) source.noted.push(item);
  }

  #publish(settlement: Settlement): void {
    if (settlement.kind !== 'accept' && settlement.kind !== 'drop') return;
    for (const { messages } of settlement.publish ?? []) this.#source.publish(messages);
  }
}

function laneOf({ event }: MemoryItem): string | undefined {
  return event.key && Buffer.from(event.key).toString('latin1');
}
