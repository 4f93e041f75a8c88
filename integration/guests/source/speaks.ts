import { handle as choose } from './choose';
import { Event, utf8 } from './guest';
import { logLine } from './host';

/** Logs as many lines as the data begins with, then does with the rest what `choose` does: `3 spin`. The lines are `1`, `2`, `3`. */
export function handle(event: Event): usize {
  const text = event.text;
  const lines = U32.parseInt(text);
  const context = utf8('speaks');
  for (let n: u32 = 1; n <= lines; n++) {
    const line = utf8(n.toString());
    logLine(2, changetype<usize>(context), context.byteLength, changetype<usize>(line), line.byteLength);
  }
  const rest = text.indexOf(' ') + 1;
  event.data += rest;
  event.dataLength -= rest;
  return choose(event);
}
