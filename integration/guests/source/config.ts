import { Event, reject, say } from './guest';
import { getConfig } from './host';

/** Answers with the configuration value whose key is the data; rejects when there is none. */
export function handle(event: Event): usize {
  const found = heap.alloc(16);
  getConfig(event.data, event.dataLength, found);
  if (load<u8>(found) != 0) return reject('no configuration');
  if (load<u8>(found, 4) == 0) return reject('no such key');
  return say(String.UTF8.decodeUnsafe(load<usize>(found, 8), load<usize>(found, 12)));
}
