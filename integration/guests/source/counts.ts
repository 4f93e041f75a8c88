import { Event, retry, say, utf8 } from './guest';
import { dropBucket, incrementKey, openBucket } from './host';

/** Adds one to the key `count` of the key-value store that the data names (`default` when empty), and answers with the sum. */
export function handle(event: Event): usize {
  const store = utf8(event.dataLength == 0 ? 'default' : event.text);
  const opened = heap.alloc(16);
  openBucket(changetype<usize>(store), store.byteLength, opened);
  if (load<u8>(opened) != 0) return retry(`open: ${kindOf(opened + 4)}`);

  const bucket = load<i32>(opened, 4);
  const key = utf8('count');
  const sum = heap.alloc(24);
  incrementKey(bucket, changetype<usize>(key), key.byteLength, 1, sum);
  dropBucket(bucket);
  return load<u8>(sum) == 0 ? say(load<u64>(sum, 8).toString()) : retry(`increment: ${kindOf(sum + 8)}`);
}

/** `variant error` of wasi:keyvalue/store. */
function kindOf(error: usize): string {
  const kind = load<u8>(error);
  if (kind == 0) return 'no such store';
  if (kind == 1) return 'access denied';
  return String.UTF8.decodeUnsafe(load<usize>(error, 4), load<usize>(error, 8));
}
