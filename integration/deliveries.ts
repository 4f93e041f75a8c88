import type { Delivery, Trigger } from '#trigger';
import { PATIENCE_MS } from './until.ts';

/** Takes until there are `count`; fails after `ms` milliseconds. */
export async function take(trigger: Trigger, count: number, ms = PATIENCE_MS): Promise<[Delivery, ...Delivery[]]> {
  const taken: Delivery[] = [];
  await within(ms, async (stop) => {
    while (taken.length < count && !stop.aborted) taken.push(...(await trigger.take(count - taken.length, stop)));
  });
  if (taken.length < count) throw new Error(`only ${taken.length} of ${count} came within ${ms} ms`);
  return taken as [Delivery, ...Delivery[]]; // count is at least 1
}

/** All that comes within `ms` milliseconds, as texts. */
export async function comesWithin(trigger: Trigger, ms: number): Promise<string[]> {
  const texts: string[] = [];
  await within(ms, async (stop) => {
    while (!stop.aborted) texts.push(...(await trigger.take(1000, stop)).map(textOf));
  });
  return texts;
}

/** The signal is aborted after `ms` milliseconds, unless `work` is done before. */
async function within<T>(ms: number, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    return await work(stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

export function textOf({ event }: Delivery): string {
  return Buffer.from(event.data).toString();
}

/** With one call. Rejects with why one was not accepted. */
export async function accept(trigger: Trigger, ...deliveries: readonly Delivery[]): Promise<void> {
  const settlements = deliveries.map((delivery) => ({ delivery, settlement: { kind: 'accept' } as const }));
  const [failed] = (await trigger.settle(settlements, new AbortController().signal)) ?? [];
  if (failed !== undefined) throw failed.error;
}
