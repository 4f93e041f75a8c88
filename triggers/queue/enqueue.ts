import { type Clock, type StateFile, systemClock } from '#trigger';
import { checkItem, type QueueItem } from './item.ts';
import { QueueFile } from './tables/queue-file.ts';
import type { Receipt } from './tables/writer.ts';

/** Default time for which an id is remembered, the same as JetStream's. */
export const DEFAULT_WINDOW_MS = 120_000;

export interface EnqueueOptions {
  /**
   * How long a given id is remembered, in milliseconds: an item with the same id is not stored again within it. Default 2 min; 0: ids are ignored.
   */
  readonly windowMs?: number;
  /** Default: the system's. */
  readonly clock?: Clock;
}

/**
 * Puts items into a queue of a state file, in order, all or none. Resolves when they are durable, with a receipt for each. Throws a TypeError for a
 * delay or a priority out of range; rejects with SLU4004 or SLU4005 when the file can't be written.
 *
 *     await enqueue(state, 'jobs', [{ headers: [], data, id: 'invoice-17', afterMs: 60_000 }]);
 */
export function enqueue(
  state: StateFile,
  queue: string,
  items: readonly QueueItem[],
  { windowMs = DEFAULT_WINDOW_MS, clock = systemClock }: EnqueueOptions = {},
): Promise<readonly Receipt[]> {
  for (const item of items) checkItem(item);
  if (items.length === 0) return Promise.resolve([]);
  const file = QueueFile.of(state);
  return state.write(() => file.writer.put(file.numberOf(queue), items, clock.now(), windowMs));
}
