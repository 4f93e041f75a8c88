import { handle as choose } from './choose';
import { Event, say } from './guest';

let calls: u32 = 0;

/** Answers `calls` with how many calls its instance has had, this one included; else does what `choose` does. */
export function handle(event: Event): usize {
  calls++;
  return event.text == 'calls' ? say(calls.toString()) : choose(event);
}
