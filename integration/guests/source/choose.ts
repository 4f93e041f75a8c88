import { completed, completedWith, Event, message, reject, retry } from './guest';

/**
 * Does what the first word of the data says: `ok`, `echo` (the data to `out`), `fail`, `reject`, `trap`, `spin`, `grow`, or
 * `fail-until:N`, `trap-until:N` (fails or traps on every attempt before the Nth). Anything else completes.
 */
export function handle(event: Event): usize {
  const text = event.text;
  const word = text.split(' ')[0];
  if (word == 'echo') return completedWith(message('out', event.data, event.dataLength));
  if (word == 'fail') return retry('asked to fail');
  if (word == 'reject') return reject('asked to reject');
  if (word == 'trap') return unreachable();
  if (word == 'spin') while (true) {}
  if (word == 'grow') {
    while (memory.grow(1) != -1) {}
    return unreachable();
  }
  if (word.startsWith('fail-until:') && event.attempt < numberOf(word)) return retry(`attempt ${event.attempt}`);
  if (word.startsWith('trap-until:') && event.attempt < numberOf(word)) return unreachable();
  return completed();
}

/** The N of `fail-until:N`. */
function numberOf(word: string): u32 {
  return U32.parseInt(word.substring(word.indexOf(':') + 1));
}
