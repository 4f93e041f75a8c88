import { randomUUID } from 'node:crypto';
import type { AdapterContext, Message, Publisher } from '#trigger';
import { SharedRecords } from './slots/shared-records.ts';
import type { SlotRecords } from './slots/slot-records.ts';
import type { Slot } from './slots/slot.ts';
import { StateRecords } from './slots/state-records.ts';

/** The part of an adapter's context that is needed to reach the slots of a trigger. */
export type RunContext = Pick<AdapterContext, 'name' | 'state' | 'store' | 'clock' | 'log'>;

/**
 * Requests one run of a cron trigger, now. Any process that has the trigger open runs it; if none has, the next one to open it does. Resolves with
 * the event's id when the request is durable. `data` replaces the trigger's payload.
 */
export async function requestRun(context: RunContext, data?: Uint8Array): Promise<string> {
  await using records = await recordsOf(context);
  const time = context.clock.now();
  const id = `manual-${randomUUID()}`;
  await records.add({ id, time, run: 'manual', ...(data === undefined ? {} : { data }) }, time);
  return `${context.name}@${id}`;
}

/** Turns each message into one run with that message's data. `sluice publish` and the replay of dead letters write to it. */
export async function runPublisher(context: RunContext): Promise<Publisher> {
  const records = await recordsOf(context);
  return {
    supports: { durable: true, deduplicates: true, headers: true, keys: false },
    async publish(messages: readonly Message[], signal: AbortSignal) {
      signal.throwIfAborted();
      const time = context.clock.now();
      const slots = messages.map(({ id = randomUUID(), data, contentType, headers }): Slot => {
        const own = { data, headers, ...(contentType === undefined ? {} : { contentType }) };
        return { id: `manual-${id}`, time, run: 'manual', ...own };
      });
      await Promise.all(slots.map((slot) => records.add(slot, time)));
    },
    [Symbol.asyncDispose]: () => records[Symbol.asyncDispose](),
  };
}

async function recordsOf({ store, state, name: trigger, clock, log }: RunContext): Promise<SlotRecords> {
  if (store === undefined) return new StateRecords(state, trigger, clock);
  return SharedRecords.read({ store, state, trigger, clock, log });
}
