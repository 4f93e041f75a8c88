import { Event, say } from './guest';
import { temperature } from './host';

/** Imports an interface that nobody provides. */
export function handle(event: Event): usize {
  return say(temperature().toString());
}
