import { randomUUID } from 'node:crypto';
import type { Message, Publisher, StateFile } from '#trigger';
import { addSlot, migrateSlots } from './slot-table.ts';

/**
 * Asks for one run of a cron trigger, now, whichever process has it open; when none has, the next one that opens it runs it. Resolves with
 * the id of its event when the request is durable. `data` replaces the trigger's payload.
 */
export async function requestRun(state: StateFile, trigger: string, now: number, data?: Uint8Array): Promise<string> {
  migrateSlots(state);
  const id = `manual-${randomUUID()}`;
  const slot = { id, time: now, run: 'manual', ...(data === undefined ? {} : { data }) } as const;
  await state.write((db) => addSlot(db, trigger, slot, now));
  return `${trigger}@${id}`;
}

/** Each message becomes one run that carries it: what `sluice publish` and the replay of dead letters write to. */
export function runPublisher(state: StateFile, trigger: string, now: () => number): Publisher {
  migrateSlots(state);
  return {
    supports: { durable: true, deduplicates: true, headers: true, keys: false },
    async publish(messages: readonly Message[], signal: AbortSignal) {
      signal.throwIfAborted();
      const time = now();
      await state.write((db) => {
        for (const { id = randomUUID(), data, contentType, headers } of messages) {
          const own = { data, headers, ...(contentType === undefined ? {} : { contentType }) };
          addSlot(db, trigger, { id: `manual-${id}`, time, run: 'manual', ...own }, time);
        }
      });
    },
    [Symbol.asyncDispose]: () => Promise.resolve(),
  };
}
