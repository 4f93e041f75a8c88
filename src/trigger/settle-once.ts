import type { Delivery, Settled, Unsettled } from '../delivery.ts';

/** A delivery that remembers that it was settled. */
export interface SettledOnce extends Delivery {
  settled: boolean;
}

/** Marks deliveries as settled. One that was settled before is left out of the result, and added to `unsettled` with a TypeError. */
export function settleOnce<D extends SettledOnce>(
  settlements: readonly Settled<D>[],
  unsettled: Unsettled[],
): readonly Settled<D>[] {
  let fresh: Settled<D>[] | undefined; // a copy is made only where one is left out
  for (let n = 0; n < settlements.length; n += 1) {
    const settled = settlements[n]!;
    const { delivery } = settled;
    if (delivery.settled) {
      fresh ??= settlements.slice(0, n);
      unsettled.push({ delivery, error: new TypeError(`the delivery of ${delivery.position} was settled before`) });
    } else {
      delivery.settled = true;
      fresh?.push(settled);
    }
  }
  return fresh ?? settlements;
}
