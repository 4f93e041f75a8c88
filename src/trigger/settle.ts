import type { Delivery, Settled, Settlement, Unsettled } from '../delivery.ts';
import { settledOrCancelled } from '../cancellation.ts';
import type { Trigger } from './trigger.ts';

const never = new AbortController().signal;

/** Settles a single delivery. Resolves when it is confirmed or noted; rejects with the reason if it is not. `cancel`: see Trigger; default never. */
export async function settleOne(
  trigger: Pick<Trigger, 'settle'>,
  delivery: Delivery,
  settlement: Settlement,
  cancel = never,
): Promise<void> {
  const unsettled = await trigger.settle([{ delivery, settlement }], cancel);
  const [failed] = unsettled ?? [];
  if (failed !== undefined) throw failed.error;
}

/**
 * Settles each delivery with a separate call, all at the same time: `Trigger.settle` for a source that can't settle many at once. `settle` resolves
 * when the source has confirmed the delivery, and rejects with the reason if not.
 */
export async function settleEach<D extends Delivery>(
  settlements: readonly Settled<D>[],
  cancel: AbortSignal,
  settle: (settled: Settled<D>) => Promise<void>,
): Promise<readonly Unsettled[]> {
  const unsettled: Unsettled[] = [];
  const one = async (settled: Settled<D>): Promise<void> => {
    try {
      await settledOrCancelled(settle(settled), cancel);
    } catch (error) {
      unsettled.push({ delivery: settled.delivery, error });
    }
  };
  await Promise.all(settlements.map(one));
  return unsettled;
}

/** A delivery that records whether it was settled. */
export interface SettledOnce extends Delivery {
  settled: boolean;
}

/** Marks deliveries as settled. A delivery that was settled before is left out of the result and added to `unsettled` with a TypeError. */
export function settleOnce<D extends SettledOnce>(
  settlements: readonly Settled<D>[],
  unsettled: Unsettled[],
): readonly Settled<D>[] {
  let fresh: Settled<D>[] | undefined; // a copy is made only if one is left out
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
