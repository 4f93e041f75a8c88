import type { Delivery, Settlement } from '../delivery.ts';
import type { Trigger } from './trigger.ts';

const never = new AbortController().signal;

/** Settles one delivery by itself. Resolves when it is confirmed or noted; rejects with why it is not. `cancel`: see Trigger; default never. */
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
