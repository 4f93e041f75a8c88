import { Event, handleEach } from './guest';
import { handle } from './choose';

/** A batch handler: does with each event what `choose` does. */
export function handleBatch(events: usize, count: usize): usize {
  return handleEach(events, count, (event: Event) => handle(event));
}
