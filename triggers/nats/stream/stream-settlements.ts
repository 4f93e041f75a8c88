import { type Settled, settleOnce, type Unsettled } from '#trigger';
import type { ReleaseLedger } from './release-ledger.ts';
import { type Settler, unconfirmed } from './settler.ts';
import type { StreamDelivery } from './stream-delivery.ts';

type SettledMessage = Settled<StreamDelivery>;

export interface StreamSettlementsParts {
  readonly settler: Settler;
  readonly ledger: ReleaseLedger;
  /** Called when that many messages are no longer held. */
  readonly freed: (count: number) => void;
}

/** Settles messages of one durable: acknowledges them together, and records those that go back uncharged in a ledger. */
export class StreamSettlements {
  readonly #parts: StreamSettlementsParts;

  constructor(parts: StreamSettlementsParts) {
    this.#parts = parts;
  }

  /** Resolves with those that could not be settled, and why. Never rejects. */
  async settle(settlements: readonly SettledMessage[]): Promise<readonly Unsettled[]> {
    const unsettled: Unsettled[] = [];
    const fresh = settleOnce(settlements, unsettled);
    const released = fresh.filter(isRelease);
    if (released.length === 0) await this.#tell(fresh, unsettled);
    else {
      const others = fresh.filter((one) => !isRelease(one));
      await Promise.all([this.#tell(others, unsettled), this.#release(released, unsettled)]);
    }
    this.#parts.freed(fresh.length);
    return unsettled;
  }

  async #tell(settlements: readonly SettledMessage[], unsettled: Unsettled[]): Promise<void> {
    if (settlements.length === 0) return;
    const failed = await this.#parts.settler.settle(settlements);
    for (const { delivery } of failed) unsettled.push({ delivery, error: unconfirmed() });
    for (const one of settlements) {
      const { delivery, settlement } = one;
      const isOver = settlement.kind === 'accept' || settlement.kind === 'drop';
      // The ledger removes leftover entries when it is opened next.
      if (isOver && delivery.info.deliveries > 1 && !failed.includes(one))
        this.#parts.ledger.forget(delivery.info.sequence).catch(() => {});
    }
  }

  /** They go back even if that can't be recorded. Then it costs an attempt, and the caller gets the error. */
  async #release(settlements: readonly SettledMessage[], unsettled: Unsettled[]): Promise<void> {
    const { settler, ledger } = this.#parts;
    const [kept] = await Promise.allSettled([
      ledger.released(settlements.map(({ delivery }) => delivery.info.sequence)),
    ]);
    const failed = new Set(await settler.settle(settlements));
    for (const one of settlements) {
      const { delivery } = one;
      if (failed.has(one)) unsettled.push({ delivery, error: unconfirmed() });
      else if (kept.status === 'rejected') unsettled.push({ delivery, error: kept.reason });
    }
  }
}

function isRelease({ settlement }: SettledMessage): boolean {
  return settlement.kind === 'release';
}
