import { setImmediate as turn } from 'node:timers/promises';
import type { Delivery, Settlement } from '../../../delivery.ts';
import { SluiceError } from '../../../errors.ts';
import type { Backlog, Trigger, TriggerSupports } from '../../trigger.ts';
import type { MemoryItem, MemoryRig } from './memory-rig.ts';

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

export class MemoryTrigger implements Trigger {
  readonly supports = everything;
  readonly #rig: MemoryRig;

  constructor(rig: MemoryRig) {
    this.#rig = rig;
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const most = this.#rig.faults.has('gives more than asked') ? max + 1 : max;
    for (;;) {
      const kept = stop.aborted && this.#rig.faults.has('keeps what it has');
      const items = kept ? [] : this.#rig.items.filter((item) => this.#isFree(item)).slice(0, most);
      if (items.length > 0 || stop.aborted) return items.map((item) => this.#deliver(item));
      await turn();
    }
  }

  commits(): boolean {
    return true;
  }

  async backlog(): Promise<Backlog> {
    return { ready: this.#rig.faults.has('has a backlog always') ? 1 : this.#rig.items.length, waiting: 0 };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#rig.faults.has('forgets on dispose')) this.#rig.items = [];
    this.#rig.takeFrom(this);
  }

  #isFree(item: MemoryItem): boolean {
    const { faults, clock, items } = this.#rig;
    const rests = ({ due, lease }: MemoryItem): boolean =>
      (lease !== undefined && !faults.has('gives to many')) || (due > clock.now() && !faults.has('retries early'));
    if (rests(item)) return false;
    const lane = laneOf(item);
    if (lane === undefined || faults.has('lets others overtake')) return true;
    return !items.slice(0, items.indexOf(item)).some((before) => laneOf(before) === lane && rests(before));
  }

  #deliver(item: MemoryItem): Delivery {
    const { faults } = this.#rig;
    const lease = { holder: this };
    const lane = laneOf(item);
    let settled = false;
    item.lease = lease;
    item.attempt = faults.has('counts no attempts') ? 1 : item.attempt + 1;
    return {
      event: item.event,
      position: this.#positionOf(item),
      attempt: item.attempt,
      ...(lane === undefined ? {} : { lane }),
      settle: async (settlement) => {
        if (settled && !faults.has('settles twice')) throw new TypeError('settled before');
        settled = true;
        if (faults.has('publishes first')) this.#publish(settlement);
        if (item.lease !== lease && !faults.has('lets late ones settle')) throw new SluiceError('SLU3003', 'too late');
        this.#settle(item, settlement);
        if (!faults.has('publishes first')) this.#publish(settlement);
      },
    };
  }

  #positionOf({ number, event, attempt }: MemoryItem): string {
    if (this.#rig.faults.has('takes the id for the position')) return event.id;
    return this.#rig.faults.has('moves what it delivers again') ? `${number}/${attempt}` : String(number);
  }

  #settle(item: MemoryItem, settlement: Settlement): void {
    const rig = this.#rig;
    item.lease = undefined;
    if (settlement.kind === 'retry') item.due = rig.clock.now() + settlement.afterMs;
    else if (settlement.kind === 'release') item.attempt -= rig.faults.has('charges a release') ? 0 : 1;
    else if (!rig.faults.has('accepts in vain')) rig.items = rig.items.filter((each) => each !== item);
  }

  #publish(settlement: Settlement): void {
    if (settlement.kind !== 'accept' && settlement.kind !== 'drop') return;
    for (const { messages } of settlement.publish ?? []) this.#rig.publish(messages);
  }
}

function laneOf({ event }: MemoryItem): string | undefined {
  return event.key && Buffer.from(event.key).toString('latin1');
}
