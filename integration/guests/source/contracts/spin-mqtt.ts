// exports handleMessage as handle-message
import { fails, orOther, seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

export function handleMessage(payload: usize, length: usize, topic: usize, topicLength: usize): usize {
  const data = text(payload, length);
  seen(`topic=${text(topic, topicLength)} data=${data}`);
  return orOther(fails(data), 0);
}
