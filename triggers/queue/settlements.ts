import { type PublishGroup, type Settled, settleOnce, SluiceError, type Unsettled } from '#trigger';
import type { LeaseTerms, QueueDelivery } from './delivery.ts';
import type { Lease } from './item.ts';
import { QueuePublisher } from './publisher.ts';

type SettledItem = Settled<QueueDelivery>;

/** Settles items in one transaction. Resolves with those that could not be settled, and why. */
export async function settleItems(
  settlements: readonly SettledItem[],
  terms: LeaseTerms,
): Promise<readonly Unsettled[]> {
  const unsettled: Unsettled[] = [];
  const fresh = settleOnce(settlements, unsettled);
  const { state } = terms.file;
  // If a power cut undoes a release, the lease expires instead: no need to wait for the disk.
  const sync = fresh.some(({ settlement }) => settlement.kind !== 'release');
  try {
    const late = await state.write(() => carryOutAll(fresh, terms), { sync });
    for (const one of late) unsettled.push({ delivery: one.delivery, error: tooLate(one, terms) });
  } catch (error) {
    // Nothing was written.
    for (const { delivery } of fresh) delivery.settled = false;
    const isOfAll = fresh.length === 1 || (error instanceof SluiceError && error.transient);
    if (isOfAll) for (const { delivery } of fresh) unsettled.push({ delivery, error });
    else unsettled.push(...(await Promise.all(fresh.map((one) => settleItems([one], terms)))).flat());
  }
  return unsettled;
}

/** Inside a mutation. Returns those whose lease had passed to another holder. */
function carryOutAll(settlements: readonly SettledItem[], terms: LeaseTerms): readonly SettledItem[] {
  const finished: Lease[] = [];
  const late = settlements.filter((one) => !carryOut(one, terms, finished));
  terms.file.leases.leaveLanes(finished);
  return late;
}

/** `false`: the lease had passed to another. */
function carryOut({ delivery: { lease }, settlement }: SettledItem, terms: LeaseTerms, finished: Lease[]): boolean {
  const { file, clock } = terms;
  switch (settlement.kind) {
    case 'accept':
    case 'drop':
      if (!finish(lease, terms, settlement.publish)) return false;
      finished.push(lease);
      return true;
    case 'retry':
      return file.leases.retry(lease, clock.now() + settlement.afterMs);
    case 'release':
      return file.leases.release(lease);
  }
}

function finish(lease: Lease, { file, clock, keepDoneMs }: LeaseTerms, outputs: readonly PublishGroup[] = []): boolean {
  if (!file.leases.finish(lease, clock.now(), keepDoneMs)) return false;
  for (const { publisher, messages } of outputs) {
    if (!(publisher instanceof QueuePublisher))
      throw new TypeError('only outputs that commits() accepted can be committed');
    publisher.put(messages);
  }
  return true;
}

function tooLate({ delivery, settlement }: SettledItem, { queue }: LeaseTerms): SluiceError {
  return new SluiceError(
    'SLU3003',
    `the lease on item ${delivery.event.id} of queue '${queue.name}' had run out: ${settlement.kind} came too late`,
    {
      state: 'another holder has the item, or will have it',
      fix: 'raise lease if this process may stall for longer than that',
    },
  );
}
