// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { utf8 } from '../guest';
import { seen, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("fermyon:spin/key-value", "open")
declare function open(label: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value", "get")
declare function get(store: u32, key: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value", "set")
declare function set(store: u32, key: usize, length: usize, value: usize, valueLength: usize, answer: usize): void;
@external("fermyon:spin/key-value", "get-keys")
declare function getKeys(store: u32, answer: usize): void;
@external("fermyon:spin/key-value", "close")
declare function close(store: u32): void;
@external("fermyon:spin/config", "get-config")
declare function configOf(key: usize, length: usize, answer: usize): void;

const answer = heap.alloc(16);

/** Opens the store that the data names, tells how its key `k` gets a value, and uses the store after it closed it; then a key of its configuration. */
export function handleMessage(payload: usize, length: usize): usize {
  open(payload, length, answer);
  if (load<u8>(answer) != 0) seen(`open=error ${load<u8>(answer, 4)}`);
  else use(load<u32>(answer, 4));
  const colour = utf8('colour');
  configOf(changetype<usize>(colour), colour.byteLength, answer);
  seen(load<u8>(answer) == 0 ? textAt(answer + 4) : `error ${load<u8>(answer, 4)} ${textAt(answer + 8)}`);
  const done = heap.alloc(2);
  store<u16>(done, 0);
  return done;
}

function use(opened: u32): void {
  const key = utf8('k');
  const at = changetype<usize>(key);
  const bytes = key.byteLength;
  get(opened, at, bytes, answer);
  const before = `${load<u8>(answer)} ${load<u8>(answer, 4)}`;
  set(opened, at, bytes, at, bytes, answer);
  get(opened, at, bytes, answer);
  const after = textAt(answer + 4);
  getKeys(opened, answer);
  const keys = load<usize>(answer, 8);
  set(opened, at, 0, at, bytes, answer);
  const empty = `${load<u8>(answer, 4)} ${textAt(answer + 8)}`;
  close(opened);
  get(opened, at, bytes, answer);
  seen(`before=${before} after=${after} keys=${keys} empty=error ${empty} closed=${load<u8>(answer)} ${load<u8>(answer, 4)}`);
}
