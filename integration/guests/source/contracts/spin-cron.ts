// exports handleCronEvent as handle-cron-event
import { configured, fails, orOther, seen } from './act';
export { cabi_realloc, postReturn } from '../abi';

/** Does what the manifest says: a slot has no data. */
export function handleCronEvent(timestamp: u64): usize {
  seen(`timestamp=${timestamp}`);
  return orOther(fails(configured()), 0);
}
