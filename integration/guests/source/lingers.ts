import { completed, Event } from './guest';

const PAGES: i32 = 200;

/**
 * `fill:N` fills some 12 MB N times over, and then traps; `fill` does so without end. V8 doesn't end a thread inside of that: the loop has
 * nothing in it but an instruction that takes long. Anything else completes.
 */
export function handle(event: Event): usize {
  const text = event.text;
  if (!text.startsWith('fill')) return completed();
  const times = text.startsWith('fill:') ? U32.parseInt(text.substring(5)) : u32.MAX_VALUE;
  if (memory.size() < PAGES) memory.grow(PAGES - memory.size());
  for (let n: u32 = 0; n < times; n++) memory.fill(0, 1, (<usize>PAGES) << 16);
  return unreachable();
}
