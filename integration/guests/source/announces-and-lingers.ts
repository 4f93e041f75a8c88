import { announce } from './announces';
import { Event } from './guest';
import { handle as linger } from './lingers';

/** Logs `entered`, then does what `lingers` does. */
export function handle(event: Event): usize {
  announce();
  return linger(event);
}
