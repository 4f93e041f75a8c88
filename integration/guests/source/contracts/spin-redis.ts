// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { fails, seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

export function handleMessage(payload: usize, length: usize): usize {
  const data = text(payload, length);
  seen(`data=${data}`);
  const answer = heap.alloc(2);
  store<u8>(answer, u8(fails(data)));
  store<u8>(answer, 1, 1);
  return answer;
}
