import { mkdtempDisposableSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type AdapterContext,
  type Clock,
  type Delivery,
  type SharedStore,
  StateFile,
  type Trigger,
  settleOne,
} from '#trigger';
import { adapterContext } from '../../../src/trigger/conformance/index.ts';
import { cronOptions } from '../options.ts';
import type { Owners } from '../slots/state-lease.ts';
import { CronTrigger } from '../trigger.ts';
import type { SimulatedTime } from './simulated-time.ts';

export interface Replica {
  readonly state: StateFile;
  readonly clock: Clock;
  readonly owners?: Owners;
  readonly store?: SharedStore;
}

/** A cron trigger called `job`, as a manifest with these keys would open it. */
export function openCron(options: object, replica: Replica): Promise<CronTrigger> {
  const owners = replica.owners ?? { self: 'one', gone: () => false };
  return CronTrigger.open(cronOptions.parse(options), jobContext(replica), owners);
}

export function jobContext({ state, clock, store }: Replica): AdapterContext {
  return adapterContext(state, { name: 'job', clock, ...(store === undefined ? {} : { store }) });
}

/** A state file that several connections can open; gone with the stack. */
export function sharedStateFile(stack: AsyncDisposableStack): () => StateFile {
  const folder = stack.use(mkdtempDisposableSync(join(tmpdir(), 'sluice-cron-')));
  return () => stack.use(StateFile.open(join(folder.path, 'state.db')));
}

export const never = new AbortController().signal;

/** Takes one delivery, however long that takes. */
export async function takeOne(trigger: Trigger, time: SimulatedTime): Promise<Delivery> {
  const [delivery] = await time.until(trigger.take(1, never));
  if (delivery === undefined) throw new Error('take resolved with none');
  return delivery;
}

/** What there is to take within `ms` milliseconds, at once. */
export async function takeWithin(ms: number, trigger: Trigger, time: SimulatedTime): Promise<readonly Delivery[]> {
  const stop = new AbortController();
  const taking = trigger.take(16, stop.signal);
  await time.pass(ms);
  stop.abort();
  return taking;
}

/** `10:15:00 scheduled`, from the headers of an event. */
export function slotOf({ event }: Delivery): string {
  const { 'cron-slot': slot = '', 'cron-run': run = '' } = Object.fromEntries(event.headers);
  return `${slot.slice(11, 19)} ${run}`;
}

export interface Work {
  /** How long each run takes. */
  readonly runMs?: number;
  readonly began?: (delivery: Delivery) => void;
}

/** Does what a dispatcher does, with 16 permits: takes, extends while it runs, accepts. Resolves with all slots, in order of their start. */
export async function work(
  trigger: Trigger,
  clock: Clock,
  stop: AbortSignal,
  { runMs = 0, began }: Work = {},
): Promise<string[]> {
  const slots: string[] = [];
  const running: Promise<void>[] = [];
  const run = async (delivery: Delivery): Promise<void> => {
    for (let left = runMs; left > 0; left -= 10_000) {
      await clock.sleep(Math.min(left, 10_000));
      delivery.extend?.();
    }
    await settleOne(trigger, delivery, { kind: 'accept' });
  };
  for (;;) {
    const deliveries = await trigger.take(16, stop);
    if (deliveries.length === 0) break;
    for (const delivery of deliveries) {
      slots.push(slotOf(delivery));
      began?.(delivery);
      running.push(run(delivery));
    }
  }
  await Promise.all(running);
  return slots;
}

/** Works for `ms` milliseconds, then lets what runs end. */
export async function workFor(
  ms: number,
  trigger: Trigger,
  { clock, time, ...how }: Work & { readonly clock: Clock; readonly time: SimulatedTime },
): Promise<string[]> {
  const stop = new AbortController();
  const working = work(trigger, clock, stop.signal, how);
  await time.pass(ms);
  stop.abort();
  return time.until(working);
}
