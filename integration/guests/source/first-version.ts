import { Event, say } from './guest';
import { block, dropPollable, subscribeDuration } from './host';

/** Sleeps for the milliseconds that the data begins with, then says which version of one component it is, and the data: `v1 20 a`. */
export function handle(event: Event): usize {
  const pollable = subscribeDuration(U64.parseInt(event.text) * 1_000_000);
  block(pollable);
  dropPollable(pollable);
  return say('v1 ' + event.text);
}
