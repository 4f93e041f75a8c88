// exports handleQueueMessage as handle-queue-message
import { fails, seen, text, textAt, withText } from './act';
export { cabi_realloc, postReturn } from '../abi';

/** Logs the message; `leave` leaves it in the queue. */
export function handleQueueMessage(
  hasId: i32,
  id: usize,
  idLength: usize,
  attributes: usize,
  count: usize,
  hasBody: i32,
  body: usize,
  bodyLength: usize,
): usize {
  const data = hasBody == 0 ? '' : text(body, bodyLength);
  let line = `id=${hasId == 0 ? 'none' : text(id, idLength)} data=${hasBody == 0 ? 'none' : data}`;
  for (let n: usize = 0; n < count; n++) {
    const at = attributes + 32 * n;
    line += ` ${textAt(at)}=${load<u8>(at, 20) == 0 ? textAt(at + 24) : `${load<usize>(at, 28)} bytes`}`;
  }
  seen(line);
  const failed = fails(data);
  const answer = heap.alloc(16);
  store<u8>(answer, u8(failed));
  store<u8>(answer, u8(!failed && data == 'leave'), 4);
  return failed ? withText(answer, 8) : answer;
}
