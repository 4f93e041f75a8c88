import { createHash } from 'node:crypto';
import type { AdapterContext, SharedStore } from '#trigger';
import { type CronOptions, describeSchedule } from '../options.ts';
import { SharedLease, type SharedLeaseOptions } from './shared-lease.ts';
import { SharedRecords } from './shared-records.ts';
import type { SlotLease } from './slot-lease.ts';
import type { SlotRecords } from './slot-records.ts';
import { type Owners, StateLease } from './state-lease.ts';
import { StateRecords } from './state-records.ts';

interface Kept {
  readonly records: SlotRecords;
  readonly lease: SlotLease;
}

/** The records of a trigger's slots, and the lease to run them. */
export type OpenSlots = Kept & AsyncDisposable;

/** Opens them in the store that the trigger names, else in the state file. Rejects as those do, and then leaves nothing open. */
export async function openSlots(options: CronOptions, context: AdapterContext, owners: Owners): Promise<OpenSlots> {
  await using opening = new AsyncDisposableStack();
  const { records, lease } = await (context.store === undefined
    ? inState(options, context, owners, opening)
    : inStore(options, context, context.store, opening));
  if (options.runAtStart) {
    const now = context.clock.now();
    await records.add({ id: startId(owners.self), time: now, run: 'start' }, now);
  }
  const stack = opening.move();
  return { records, lease, [Symbol.asyncDispose]: () => stack.disposeAsync() };
}

async function inState(
  options: CronOptions,
  { state, name: trigger, clock }: AdapterContext,
  owners: Owners,
  stack: AsyncDisposableStack,
): Promise<Kept> {
  const records = stack.use(new StateRecords(state, trigger, clock));
  await records.begin(describeSchedule(options), clock.now());
  const { leaseMs } = options;
  return { records, lease: new StateLease({ state, trigger, clock, leaseMs, owners, alone: isAlone(options) }) };
}

async function inStore(
  options: CronOptions,
  { state, name: trigger, clock, log }: AdapterContext,
  store: SharedStore,
  stack: AsyncDisposableStack,
): Promise<Kept> {
  const records = stack.use(await SharedRecords.read({ store, state, trigger, clock, log }));
  await records.begin(describeSchedule(options), clock.now());
  const ended: SharedLeaseOptions['ended'] = (slot, kind) => records.ended(slot, kind);
  const { leaseMs } = options;
  const lease = stack.use(new SharedLease({ board: records.board, clock, leaseMs, alone: isAlone(options), ended }));
  return { records, lease };
}

function isAlone({ overlap }: CronOptions): boolean {
  return overlap !== 'allow';
}

/** One per process, so that a reopened trigger does not run its start slot again. */
function startId(process: string): string {
  return `start-${createHash('sha256').update(process).digest('hex').slice(0, 16)}`;
}
