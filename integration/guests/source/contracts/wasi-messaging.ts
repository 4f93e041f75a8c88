// exports handle as wasi:messaging/incoming-handler@0.2.0-draft#handle
import { fails, orOther, pairs, seen, text, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("wasi:messaging/types@0.2.0-draft", "[method]message.topic")
declare function topicOf(message: i32, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[method]message.content-type")
declare function contentTypeOf(message: i32, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[method]message.data")
declare function dataOf(message: i32, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[method]message.metadata")
declare function metadataOf(message: i32, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[constructor]message")
declare function newMessage(data: usize, length: usize): i32;
@external("wasi:messaging/types@0.2.0-draft", "[resource-drop]message")
declare function drop(message: i32): void;

/** Logs what the message holds; `hoard` makes messages of a megabyte and keeps them, `reuse` reads a message that was dropped. */
export function handle(message: i32): usize {
  const answer = heap.alloc(12);
  dataOf(message, answer);
  const data = textAt(answer);
  topicOf(message, answer);
  let line = `topic=${load<u8>(answer) == 0 ? 'none' : textAt(answer + 4)}`;
  contentTypeOf(message, answer);
  line += ` type=${load<u8>(answer) == 0 ? 'none' : textAt(answer + 4)} data=${data}`;
  metadataOf(message, answer);
  if (load<u8>(answer) != 0) line += pairs(load<usize>(answer, 4), load<usize>(answer, 8));
  seen(line);
  if (data == 'hoard') {
    const much = heap.alloc(1 << 20);
    while (true) newMessage(much, 1 << 20);
  }
  drop(message);
  if (data == 'reuse') dataOf(message, answer);
  return orOther(fails(data), 3);
}
