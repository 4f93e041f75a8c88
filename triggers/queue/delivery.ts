import { hash } from 'node:crypto';
import type { Clock, Logger, SettledOnce, TriggerEvent } from '#trigger';
import { eventOf, type ItemRow, type Lease } from './item.ts';
import { laneName } from './tables/lanes.ts';
import type { QueueFile } from './tables/queue-file.ts';

/** What all leases of one trigger share. */
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
export class QueueDelivery implements SettledOnce {
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly lane?: string;
  readonly lease: Lease;
  settled = false;
  readonly #row: ItemRow;
  readonly #terms: LeaseTerms;

  constructor(row: ItemRow, token: number, terms: LeaseTerms) {
    const [seq, , attempt, lane] = row;
    this.event = eventOf(row, terms.queue.name, terms.source);
    this.attempt = attempt;
    if (lane !== null) this.lane = laneName(lane);
    this.#terms = terms;
    this.#row = row;
    this.lease = { queue: terms.queue.number, seq, lane, token };
  }

  get position(): string {
    return positionOf(this.#row, this.#terms.queue.name);
  }

  extend(): void {
    if (this.settled) return;
    const { file, leaseMs, clock, log } = this.#terms;
    const renewed = file.state.write(() => file.leases.extend(this.lease, clock.now() + leaseMs), { sync: false });
    renewed.catch((err: unknown) => log.warn({ err, event: this.event.id }, 'a lease could not be renewed'));
  }
}

/**
 * SQLite reuses the highest number after its item is gone, and another state file has the same numbers. The time and the id distinguish such items.
 */
function positionOf([seq, , , , id, time]: ItemRow, queue: string): string {
  return `${queue}/${seq}/${time}/${hash('sha256', id, 'hex').slice(0, 32)}`;
}
