import { completed, Event, handleEach } from './guest';

/** Exports two contracts. */
export function handle(event: Event): usize {
  return completed();
}

export function handleBatch(events: usize, count: usize): usize {
  return handleEach(events, count, (event: Event) => handle(event));
}
