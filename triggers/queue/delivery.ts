import {
  type Clock,
  type Delivery,
  type Logger,
  type PublishGroup,
  type Settlement,
  settledOrCancelled,
  SluiceError,
  type TriggerEvent,
} from '#trigger';
import { eventOf, type ItemRow, positionOf } from './item.ts';
import { laneName } from './lanes.ts';
import type { Lease } from './lease.ts';
import { QueuePublisher } from './publisher.ts';
import type { QueueFile } from './queue-file.ts';

/** What all leases of one trigger have in common. */
export interface LeaseTerms {
  readonly file: QueueFile;
  readonly queue: { readonly number: number; readonly name: string };
  /** The events' source. */
  readonly source: string;
  readonly leaseMs: number;
  readonly keepDoneMs: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** One item under a lease. */
export class QueueDelivery implements Delivery {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly lane?: string;
  readonly #terms: LeaseTerms;
  readonly #lease: Lease;
  readonly #row: ItemRow;
  #settled = false;

  constructor(row: ItemRow, token: number, terms: LeaseTerms) {
    const [seq, , attempt, lane] = row;
    this.event = eventOf(row, terms.queue.name, terms.source);
    this.attempt = attempt;
    if (lane !== null) this.lane = laneName(lane);
    this.#terms = terms;
    this.#row = row;
    this.#lease = { queue: terms.queue.number, seq, lane, token };
  }

  get position(): string {
    return positionOf(this.#row, this.#terms.queue.name);
  }

  /** Another process may hold the lock of the file for as long as it likes. */
  settle(settlement: Settlement, cancel?: AbortSignal): Promise<void> {
    return settledOrCancelled(this.#settle(settlement), cancel);
  }

  async #settle(settlement: Settlement): Promise<void> {
    if (this.#settled) throw new TypeError(`item ${this.event.id} was settled before`);
    this.#settled = true;
    // A release that is lost with the power is made up for by the end of the lease: no need to wait for the disk.
    const sync = settlement.kind !== 'release';
    try {
      if (await this.#terms.file.state.write(() => this.#carryOut(settlement), { sync })) return;
    } catch (thrown) {
      this.#settled = false; // nothing was written
      throw thrown;
    }
    throw new SluiceError(
      'SLU3003',
      `the lease on item ${this.event.id} of queue '${this.#terms.queue.name}' had run out: ${settlement.kind} came too late`,
      {
        state: 'the item was given to another, or will be',
        fix: 'raise lease if this process is held up for longer than that',
      },
    );
  }

  extend(): void {
    if (this.#settled) return;
    const { file, leaseMs, clock, log } = this.#terms;
    const renewed = file.state.write(() => file.leases.extend(this.#lease, clock.now() + leaseMs), { sync: false });
    renewed.catch((err: unknown) => log.warn({ err, event: this.event.id }, 'a lease could not be renewed'));
  }

  /** Inside a mutation. `false`: the lease had passed to another. */
  #carryOut(settlement: Settlement): boolean {
    const { file, clock } = this.#terms;
    switch (settlement.kind) {
      case 'accept':
      case 'drop':
        return this.#finish(settlement.publish);
      case 'retry':
        return file.leases.retry(this.#lease, clock.now() + settlement.afterMs);
      case 'release':
        return file.leases.release(this.#lease);
    }
  }

  #finish(outputs: readonly PublishGroup[] = []): boolean {
    const { file, clock, keepDoneMs } = this.#terms;
    if (!file.leases.finish(this.#lease, clock.now(), keepDoneMs)) return false;
    for (const { publisher, messages } of outputs) {
      if (!(publisher instanceof QueuePublisher))
        throw new TypeError('only what commits() said yes to can be committed');
      publisher.put(messages);
    }
    return true;
  }
}
