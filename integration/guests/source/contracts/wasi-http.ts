// exports handle as wasi:http/incoming-handler@0.2.4#handle
import { utf8 } from '../guest';
import { fails, pairs, seen, textAt } from './act';
export { cabi_realloc } from '../abi';

@external("wasi:http/types@0.2.4", "[constructor]fields")
declare function newFields(): i32;
@external("wasi:http/types@0.2.4", "[method]fields.entries")
declare function entries(fields: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[method]fields.append")
declare function append(fields: i32, name: usize, nameLength: usize, value: usize, length: usize, answer: usize): void;
@external("wasi:http/types@0.2.4", "[resource-drop]fields")
declare function dropFields(fields: i32): void;
@external("wasi:http/types@0.2.4", "[method]incoming-request.path-with-query")
declare function pathOf(request: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[method]incoming-request.headers")
declare function headersOf(request: i32): i32;
@external("wasi:http/types@0.2.4", "[method]incoming-request.consume")
declare function consume(request: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[resource-drop]incoming-request")
declare function dropRequest(request: i32): void;
@external("wasi:http/types@0.2.4", "[method]incoming-body.stream")
declare function streamOf(body: i32, answer: usize): void;
@external("wasi:io/streams@0.2.4", "[method]input-stream.blocking-read")
declare function read(stream: i32, most: u64, answer: usize): void;
@external("wasi:io/streams@0.2.4", "[method]output-stream.blocking-write-and-flush")
declare function write(stream: i32, bytes: usize, length: usize, answer: usize): void;
@external("wasi:io/streams@0.2.4", "[resource-drop]output-stream")
declare function dropStream(stream: i32): void;
@external("wasi:http/types@0.2.4", "[constructor]outgoing-response")
declare function newResponse(headers: i32): i32;
@external("wasi:http/types@0.2.4", "[method]outgoing-response.set-status-code")
declare function setStatus(response: i32, status: i32): i32;
@external("wasi:http/types@0.2.4", "[method]outgoing-response.body")
declare function bodyOf(response: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[method]outgoing-body.write")
declare function writerOf(body: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[static]outgoing-body.finish")
declare function finish(body: i32, hasTrailers: i32, trailers: i32, answer: usize): void;
@external("wasi:http/types@0.2.4", "[static]response-outparam.set")
declare function setResponse(param: i32, isError: i32, response: i32, a: i32, b: i32, c: i32): void;

const answer = memory.data(64, 8);

/**
 * Logs the request, and answers with the status that its body names, or 200: `503 1 later` asks for another attempt after a second. Other words
 * do what a bad guest does.
 */
export function handle(request: i32, param: i32): void {
  const headers = headersOf(request);
  entries(headers, answer);
  const list = pairs(load<usize>(answer), load<usize>(answer, 4));
  dropFields(headers);
  pathOf(request, answer);
  const path = textAt(answer + 4);
  consume(request, answer);
  streamOf(load<i32>(answer, 4), answer);
  const stream = load<i32>(answer, 4);
  let data = '';
  for (read(stream, 4096, answer); load<u8>(answer) == 0; read(stream, 4096, answer)) data += textAt(answer + 4);
  const word = data.split(' ')[0];
  seen(`path=${path} data=${data.length > 100 ? data.length.toString() : data}${list}`);
  if (word == 'reuse') {
    dropRequest(request);
    pathOf(request, answer);
  }
  if (word == 'silent') return;
  const failed = fails(data);
  const fields = newFields();
  if (word == 'headers') for (let n = 0; n < 5000; n++) appendText(fields, `x-${n}`, 'y');
  const after = data.split(' ');
  if (after.length > 2) appendText(fields, 'retry-after', after[1]);
  const response = newResponse(fields);
  const status = failed ? 500 : I32.parseInt(word);
  if (status > 0) if (setStatus(response, status) != 0) unreachable();
  bodyOf(response, answer);
  const body = load<i32>(answer, 4);
  writerOf(body, answer);
  const out = load<i32>(answer, 4);
  setResponse(param, 0, response, 0, 0, 0);
  if (word == 'twice') setResponse(param, 0, response, 0, 0, 0);
  const said = utf8(failed ? 'asked to fail' : word == 'endless' ? 'x'.repeat(4096) : 'said');
  do write(out, changetype<usize>(said), said.byteLength, answer);
  while (word == 'endless');
  dropStream(out);
  finish(body, 0, 0, answer);
}

function appendText(fields: i32, name: string, value: string): void {
  const n = utf8(name);
  const v = utf8(value);
  append(fields, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength, answer);
}

/** Nothing is freed before the call ends: what was allocated by then is not needed any more. */
export function postReturn(): void {
  heap.reset();
}
