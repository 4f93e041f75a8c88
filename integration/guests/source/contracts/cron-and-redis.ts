// exports invoke as wasmcloud:cron/scheduler@0.1.0#invoke
// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { orText, seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

export function invoke(payload: usize, length: usize): usize {
  seen(`slot=${text(payload, length)}`);
  return orText(false);
}

export function handleMessage(payload: usize, length: usize): usize {
  seen(`message=${text(payload, length)}`);
  const answer = heap.alloc(2);
  store<u8>(answer, 0);
  return answer;
}
