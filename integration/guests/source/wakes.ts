import { handle as choose } from './choose';
import { Event } from './guest';
import { block, dropPollable, subscribeDuration } from './host';

/** Sleeps for the milliseconds that the data begins with, then does with the rest what `choose` does: `20 trap`. */
export function handle(event: Event): usize {
  const text = event.text;
  const pollable = subscribeDuration(U64.parseInt(text) * 1_000_000);
  block(pollable);
  dropPollable(pollable);
  const rest = text.indexOf(' ') + 1;
  event.data += rest;
  event.dataLength -= rest;
  return choose(event);
}
