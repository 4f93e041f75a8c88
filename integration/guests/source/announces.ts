import { Event, utf8 } from './guest';
import { block, dropPollable, logLine, subscribeDuration } from './host';
import { handle as wake } from './wakes';

/** Logs `entered`, then does what `wakes` does: sleeps for the milliseconds that the data begins with, and follows the rest of it. */
export function handle(event: Event): usize {
  announce();
  return wake(event);
}

/** Logs `entered`, and sleeps for 50 ms: a thread passes on what its guests log a millisecond later, if none of them runs then. */
export function announce(): void {
  const context = utf8('guest');
  const line = utf8('entered');
  logLine(2, changetype<usize>(context), context.byteLength, changetype<usize>(line), line.byteLength);
  const pollable = subscribeDuration(50_000_000);
  block(pollable);
  dropPollable(pollable);
}
