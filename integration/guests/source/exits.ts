import { completed, Event } from './guest';
import { exit } from './host';

/** Calls wasi:cli/exit in the middle of an event. */
export function handle(event: Event): usize {
  exit(1);
  return completed();
}
