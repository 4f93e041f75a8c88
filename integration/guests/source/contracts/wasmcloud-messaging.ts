// exports handleMessage as wasmcloud:messaging/handler@0.2.0#handle-message
import { fails, orText, seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

export function handleMessage(
  subject: usize,
  subjectLength: usize,
  body: usize,
  bodyLength: usize,
  hasReplyTo: i32,
  replyTo: usize,
  replyToLength: usize,
): usize {
  const data = text(body, bodyLength);
  seen(`subject=${text(subject, subjectLength)} reply=${hasReplyTo} data=${data}`);
  return orText(fails(data));
}
