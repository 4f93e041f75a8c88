// exports invoke as wasmcloud:cron/scheduler@0.1.0#invoke
import { fails, orText, seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

export function invoke(payload: usize, length: usize): usize {
  const data = text(payload, length);
  seen(`data=${data}`);
  return orText(fails(data));
}
