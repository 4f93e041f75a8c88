import { type Clock, type Settled, type Settlement, settleOnce, SluiceError, type Unsettled } from '#trigger';
import type { KafkaDelivery } from './delivery.ts';
import type { FinalSettlement, Ledger } from '../commit/ledger.ts';
import type { Partition } from './partition.ts';

export interface SettlementsParts {
  readonly ledger: Pick<Ledger, 'done' | 'touched'>;
  readonly clock: Clock;
  /** Records of the partition were finished or came back. */
  readonly left: (partition: Partition) => void;
}

/** Settles records. Commits are only noted for later; transactions are awaited. */
export class Settlements {
  readonly #parts: SettlementsParts;

  constructor(parts: SettlementsParts) {
    this.#parts = parts;
  }

  settle(settlements: readonly Settled<KafkaDelivery>[]): Promise<readonly Unsettled[]> | void {
    const unsettled: Unsettled[] = [];
    const transactions: Promise<void>[] = [];
    const left = new Set<Partition>();
    for (const { delivery, settlement } of settleOnce(settlements, unsettled)) {
      const { partition } = delivery;
      if (delivery.lost.aborted) {
        if (settlement.kind !== 'release') unsettled.push({ delivery, error: revoked(partition) });
        continue;
      }
      if (settlement.kind === 'accept' || settlement.kind === 'drop') {
        const transaction = this.#parts.ledger.done(partition, delivery.pending, settlement);
        if (transaction !== undefined) {
          transactions.push(this.#committed(delivery, transaction, unsettled));
          continue;
        }
      } else this.#giveBack(delivery, settlement);
      left.add(partition);
    }
    for (const partition of left) this.#parts.left(partition);
    if (transactions.length > 0) return Promise.all(transactions).then(() => unsettled);
    if (unsettled.length > 0) return Promise.resolve(unsettled);
    return undefined;
  }

  #giveBack({ partition, pending }: KafkaDelivery, settlement: Exclude<Settlement, FinalSettlement>): void {
    if (settlement.kind === 'release') return partition.release(pending);
    partition.retry(pending, this.#parts.clock.now() + settlement.afterMs);
    this.#parts.ledger.touched(partition);
  }

  /** Never rejects. */
  async #committed(delivery: KafkaDelivery, transaction: Promise<void>, unsettled: Unsettled[]): Promise<void> {
    try {
      await transaction;
      this.#parts.left(delivery.partition);
    } catch (error) {
      delivery.settled = false;
      unsettled.push({ delivery, error });
    }
  }
}

/** The settlement came too late. */
export function revoked({ topic, partition }: Partition): SluiceError {
  return new SluiceError(
    'SLU3003',
    `partition ${partition} of topic '${topic}' was given to another member meanwhile`,
    {
      transient: true,
      state: 'the record comes again, to the new owner of the partition',
    },
  );
}
