import { Event, utf8 } from './guest';
import { logLine } from './host';
import { handle as wake } from './wakes';

/** Logs `entered`, then does what `wakes` does: sleeps for the milliseconds that the data begins with, and follows the rest of it. */
export function handle(event: Event): usize {
  const context = utf8('announces');
  const line = utf8('entered');
  logLine(2, changetype<usize>(context), context.byteLength, changetype<usize>(line), line.byteLength);
  return wake(event);
}
