// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { utf8 } from '../guest';
import { seen, text } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("wasi:io/poll@0.2.8", "[method]pollable.block")
declare function block(pollable: i32): void;
@external("wasi:io/poll@0.2.8", "[resource-drop]pollable")
declare function dropPollable(pollable: i32): void;
@external("wasi:io/streams@0.2.8", "[method]input-stream.blocking-read")
declare function read(stream: i32, most: u64, answer: usize): void;
@external("wasi:io/streams@0.2.8", "[resource-drop]input-stream")
declare function dropInput(stream: i32): void;
@external("wasi:io/streams@0.2.8", "[method]output-stream.blocking-write-and-flush")
declare function write(stream: i32, bytes: usize, length: usize, answer: usize): void;
@external("wasi:io/streams@0.2.8", "[resource-drop]output-stream")
declare function dropOutput(stream: i32): void;
@external("wasi:http/types@0.2.8", "[constructor]fields")
declare function newFields(): i32;
@external("wasi:http/types@0.2.8", "[method]fields.append")
declare function append(fields: i32, name: usize, nameLength: usize, value: usize, length: usize, answer: usize): void;
@external("wasi:http/types@0.2.8", "[constructor]outgoing-request")
declare function newRequest(headers: i32): i32;
@external("wasi:http/types@0.2.8", "[method]outgoing-request.set-method")
declare function setMethod(request: i32, tag: i32, name: usize, length: usize): i32;
@external("wasi:http/types@0.2.8", "[method]outgoing-request.set-scheme")
declare function setScheme(request: i32, given: i32, tag: i32, name: usize, length: usize): i32;
@external("wasi:http/types@0.2.8", "[method]outgoing-request.set-authority")
declare function setAuthority(request: i32, given: i32, authority: usize, length: usize): i32;
@external("wasi:http/types@0.2.8", "[method]outgoing-request.set-path-with-query")
declare function setPath(request: i32, given: i32, path: usize, length: usize): i32;
@external("wasi:http/types@0.2.8", "[method]outgoing-request.body")
declare function bodyOf(request: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[method]outgoing-body.write")
declare function writerOf(body: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[static]outgoing-body.finish")
declare function finish(body: i32, hasTrailers: i32, trailers: i32, answer: usize): void;
@external("wasi:http/outgoing-handler@0.2.8", "handle")
declare function send(request: i32, hasOptions: i32, options: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[method]future-incoming-response.subscribe")
declare function subscribe(future: i32): i32;
@external("wasi:http/types@0.2.8", "[method]future-incoming-response.get")
declare function get(future: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[resource-drop]future-incoming-response")
declare function dropFuture(future: i32): void;
@external("wasi:http/types@0.2.8", "[method]incoming-response.status")
declare function statusOf(response: i32): i32;
@external("wasi:http/types@0.2.8", "[method]incoming-response.consume")
declare function consume(response: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[resource-drop]incoming-response")
declare function dropResponse(response: i32): void;
@external("wasi:http/types@0.2.8", "[method]incoming-body.stream")
declare function streamOf(body: i32, answer: usize): void;
@external("wasi:http/types@0.2.8", "[resource-drop]incoming-body")
declare function dropBody(body: i32): void;

const answer = memory.data(64, 8);

/**
 * `VERB AUTHORITY PATH [BYTES]`: sends a request over HTTP, GET or, with a body of so many bytes, POST, and logs what came of it. The verb is
 * what follows when it was sent: `ask` waits for the whole response, `leave` and `trap` end the call, `spin` never does, and `header` asks with a
 * header of that path's name.
 */
export function handleMessage(payload: usize, length: usize): usize {
  const words = text(payload, length).split(' ');
  const verb = words[0];
  const fields = newFields();
  if (verb == 'header') {
    appendText(fields, words[2].substring(1), 'x');
    if (load<u8>(answer) != 0) {
      seen(`header error=${load<u8>(answer, 1)}`);
      return ok();
    }
  }
  const future = sent(newRequest(fields), words);
  if (future < 0) return ok();
  if (verb == 'trap') unreachable();
  if (verb == 'leave') return ok();
  if (verb == 'spin') while (true) {}
  const pollable = subscribe(future);
  block(pollable);
  dropPollable(pollable);
  get(future, answer);
  const error = load<u8>(answer, 16);
  const response = load<i32>(answer, 24);
  dropFuture(future);
  if (error != 0) seen(`error=${load<u8>(answer, 24)}`);
  else tell(response);
  return ok();
}

function ok(): usize {
  const nothing = heap.alloc(2);
  store<u16>(nothing, 0);
  return nothing;
}

/** The future of the response; negative when it was not sent. */
function sent(request: i32, words: string[]): i32 {
  const hasBody = words.length > 3;
  const authority = utf8(words[1]);
  const path = utf8(words[2]);
  let refused = setMethod(request, hasBody ? 2 : 0, 0, 0) + setScheme(request, 1, 0, 0, 0);
  refused += setAuthority(request, 1, changetype<usize>(authority), authority.byteLength);
  refused += setPath(request, 1, changetype<usize>(path), path.byteLength);
  if (refused != 0) unreachable();
  let body = -1;
  if (hasBody) {
    bodyOf(request, answer);
    body = load<i32>(answer, 4);
  }
  send(request, 0, 0, answer);
  if (load<u8>(answer) != 0) {
    seen(`refused=${load<u8>(answer, 8)}`);
    return -1;
  }
  const future = load<i32>(answer, 8);
  if (hasBody) fill(body, I32.parseInt(words[3]));
  return future;
}

function fill(body: i32, bytes: i32): void {
  writerOf(body, answer);
  const stream = load<i32>(answer, 4);
  const piece = heap.alloc(4096);
  memory.fill(piece, 120, 4096);
  for (let left = bytes; left > 0; left -= 4096) {
    write(stream, piece, min(left, 4096), answer);
    if (load<u8>(answer) != 0) break;
  }
  dropOutput(stream);
  finish(body, 0, 0, answer);
}

/** The status, how long the body is, and its first hundred bytes. */
function tell(response: i32): void {
  const status = statusOf(response);
  consume(response, answer);
  const body = load<i32>(answer, 4);
  streamOf(body, answer);
  const stream = load<i32>(answer, 4);
  let bytes: usize = 0;
  let start = '';
  for (read(stream, 65536, answer); load<u8>(answer) == 0; read(stream, 65536, answer)) {
    const length = load<usize>(answer, 8);
    if (bytes == 0) start = text(load<usize>(answer, 4), min<usize>(length, 100));
    bytes += length;
    heap.free(load<usize>(answer, 4));
  }
  // `closed` is the end; the other case holds what went wrong.
  const end = load<u8>(answer, 4) == 1 ? '' : ' cut';
  dropInput(stream);
  dropBody(body);
  dropResponse(response);
  seen(`status=${status} bytes=${bytes} ${start}${end}`);
}

function appendText(fields: i32, name: string, value: string): void {
  const n = utf8(name);
  const v = utf8(value);
  append(fields, changetype<usize>(n), n.byteLength, changetype<usize>(v), v.byteLength, answer);
}
