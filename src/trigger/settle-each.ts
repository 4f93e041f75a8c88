import type { Delivery, Settled, Unsettled } from '../delivery.ts';
import { settledOrCancelled } from '../settled-or-cancelled.ts';

/**
 * Settles each delivery with a call of its own, all at the same time: `Trigger.settle` for a source that has no way to settle many at once.
 * `settle` resolves when the source has confirmed the one, and rejects with why not.
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
