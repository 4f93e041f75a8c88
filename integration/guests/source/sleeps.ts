import { completed, Event } from './guest';
import { block, dropPollable, subscribeDuration } from './host';

/** Sleeps on the monotonic clock for as many milliseconds as the data says in decimal; 10 when it says nothing. */
export function handle(event: Event): usize {
  const ms = event.dataLength == 0 ? 10 : U64.parseInt(event.text);
  const pollable = subscribeDuration(ms * 1_000_000);
  block(pollable);
  dropPollable(pollable);
  return completed();
}
