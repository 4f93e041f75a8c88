// exports run as wasi:cli/run@0.2.4#run
import { fails, pairs, seen, textAt } from './act';
export { cabi_realloc } from '../abi';

@external("wasi:cli/environment@0.2.4", "get-environment")
declare function getEnvironment(answer: usize): void;
@external("wasi:cli/environment@0.2.4", "get-arguments")
declare function getArguments(answer: usize): void;
@external("wasi:cli/exit@0.2.4", "exit-with-code")
declare function exitWith(code: i32): void;
@external("wasi:cli/stdin@0.2.4", "get-stdin")
declare function getStdin(): i32;
@external("wasi:io/streams@0.2.4", "[method]input-stream.blocking-read")
declare function read(stream: i32, most: u64, answer: usize): void;

let runs = 0;

/** Logs what it was given and how often it has run; `exit N` ends with that status. */
export function run(): i32 {
  const answer = heap.alloc(12);
  const stdin = getStdin();
  let data = '';
  for (read(stdin, 4096, answer); load<u8>(answer) == 0; read(stdin, 4096, answer)) data += textAt(answer + 4);
  getArguments(answer);
  let args = '';
  for (let n = 0; n < load<i32>(answer, 4); n++) args += ` ${textAt(load<usize>(answer) + 8 * n)}`;
  getEnvironment(answer);
  runs += 1;
  seen(`data=${data} run=${runs} args=${args}${pairs(load<usize>(answer), load<usize>(answer, 4))}`);
  if (data.startsWith('exit ')) exitWith(I32.parseInt(data.substring(5)));
  return i32(fails(data));
}


export function postReturn(failed: i32): void {}
