// exports handle as wasmcloud:messaging/incoming-handler@0.3.0#handle
import { fails, orOther, pairs, seen, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("wasmcloud:messaging/types@0.3.0", "[method]message.topic")
declare function topicOf(message: i32, answer: usize): void;
@external("wasmcloud:messaging/types@0.3.0", "[method]message.data")
declare function dataOf(message: i32, answer: usize): void;
@external("wasmcloud:messaging/types@0.3.0", "[method]message.metadata")
declare function metadataOf(message: i32, answer: usize): void;

/** Logs what the message holds, and never drops it. */
export function handle(message: i32): usize {
  const answer = heap.alloc(12);
  dataOf(message, answer);
  const data = textAt(answer);
  topicOf(message, answer);
  let line = `topic=${textAt(answer)} data=${data}`;
  metadataOf(message, answer);
  if (load<u8>(answer) != 0) line += pairs(load<usize>(answer, 4), load<usize>(answer, 8));
  seen(line);
  return orOther(fails(data), 3);
}
