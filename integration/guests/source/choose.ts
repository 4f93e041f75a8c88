import { completed, completedWith, Event, message, reject, retry, say } from './guest';

/** How many events this instance was handed. */
let calls: u32 = 0;

/**
 * Does what the first word of the data says:
 *
 * - `echo`, `to:NAME`: answers with the data, for `out` or the output of that name;
 * - `fail`, `reject`, `trap`, `spin`, `grow`, `nonsense`: so it does, `grow` until it may not and then traps;
 * - `fail-until:N`, `trap-until:N`: fails or traps on every attempt before the Nth, and then answers like `echo`;
 * - `attempt`, `count`: answers with the number of the attempt, or of the call on this instance, and the rest of the data.
 *
 * Anything else completes without a message.
 */
export function handle(event: Event): usize {
  calls += 1;
  const text = event.text;
  const word = text.split(' ')[0];
  if (word == 'echo') return answer('out', event);
  if (word.startsWith('to:')) return answer(word.substring(3), event);
  if (word == 'fail') return retry('asked to fail');
  if (word == 'reject') return reject('asked to reject');
  if (word == 'trap') return unreachable();
  if (word == 'spin') while (true) {}
  if (word == 'grow') {
    while (memory.grow(1) != -1) {}
    return unreachable();
  }
  if (word == 'nonsense') return completed(0xffff_0000, 10);
  if (word == 'attempt') return say(event.attempt.toString() + text.substring(word.length));
  if (word == 'count') return say(calls.toString() + text.substring(word.length));
  if (word.startsWith('fail-until:')) {
    return event.attempt < numberOf(word) ? retry(`attempt ${event.attempt}`) : answer('out', event);
  }
  if (word.startsWith('trap-until:')) {
    return event.attempt < numberOf(word) ? unreachable() : answer('out', event);
  }
  return completed();
}

function answer(to: string, event: Event): usize {
  return completedWith(message(to, event.data, event.dataLength));
}

/** The N of `fail-until:N`. */
function numberOf(word: string): u32 {
  return U32.parseInt(word.substring(word.indexOf(':') + 1));
}
