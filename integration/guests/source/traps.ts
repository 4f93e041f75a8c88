import { Event } from './guest';

export function handle(event: Event): usize {
  return unreachable();
}
