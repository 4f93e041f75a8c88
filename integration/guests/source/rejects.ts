import { Event, reject } from './guest';

/** Says that no attempt can succeed. */
export function handle(event: Event): usize {
  return reject('not an order');
}
