import { Event, say } from './guest';

/** Grows until memory.grow refuses, then traps; with the data `swallow` it answers with the pages that it got instead. */
export function handle(event: Event): usize {
  const swallow = event.text == 'swallow';
  while (memory.grow(1) != -1) {}
  if (!swallow) unreachable();
  return say(memory.size().toString());
}
