// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { utf8 } from '../guest';
import { seen, text, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("fermyon:spin/key-value@2.0.0", "[static]store.open")
declare function open(label: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[method]store.get")
declare function get(store: i32, key: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[method]store.set")
declare function set(store: i32, key: usize, length: usize, value: usize, valueLength: usize, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[method]store.delete")
declare function remove(store: i32, key: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[method]store.exists")
declare function exists(store: i32, key: usize, length: usize, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[method]store.get-keys")
declare function getKeys(store: i32, answer: usize): void;
@external("fermyon:spin/key-value@2.0.0", "[resource-drop]store")
declare function drop(store: i32): void;
@external("fermyon:spin/variables@2.0.0", "get")
declare function variable(name: usize, length: usize, answer: usize): void;

const answer = heap.alloc(16);

/** Opens the store that the data names, and tells how its key `k` goes from one value to another; then a variable that exists and one that doesn't. */
export function handleMessage(payload: usize, length: usize): usize {
  open(payload, length, answer);
  if (load<u8>(answer) != 0) seen(`open=error ${load<u8>(answer, 4)}`);
  else use(load<i32>(answer, 4));
  seen(`${variableOf('colour')} ${variableOf('taste')}`);
  const done = heap.alloc(2);
  store<u16>(done, 0);
  return done;
}

function use(opened: i32): void {
  const key = utf8('k');
  const empty = utf8('');
  const at = changetype<usize>(key);
  const bytes = key.byteLength;
  get(opened, at, bytes, answer);
  const before = load<u8>(answer, 4) == 0 ? 'none' : textAt(answer + 8);
  const value = utf8(before + '+');
  set(opened, at, bytes, changetype<usize>(value), value.byteLength, answer);
  get(opened, at, bytes, answer);
  const after = textAt(answer + 8);
  exists(opened, at, bytes, answer);
  const there = load<u8>(answer, 4);
  getKeys(opened, answer);
  const keys = load<usize>(answer, 8);
  const first = textAt(load<usize>(answer, 4));
  remove(opened, at, bytes, answer);
  exists(opened, at, bytes, answer);
  const left = load<u8>(answer, 4);
  set(opened, changetype<usize>(empty), 0, at, bytes, answer);
  seen(`${before} -> ${after} exists=${there} keys=${keys} ${first} left=${left} empty=error ${load<u8>(answer, 4)} ${textAt(answer + 8)}`);
  drop(opened);
}

function variableOf(name: string): string {
  const bytes = utf8(name);
  variable(changetype<usize>(bytes), bytes.byteLength, answer);
  return load<u8>(answer) == 0 ? text(load<usize>(answer, 4), load<usize>(answer, 8)) : `error ${load<u8>(answer, 4)} ${textAt(answer + 8)}`;
}
