// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { utf8 } from '../guest';
import { fails, seen, text, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("wasi:messaging/types@0.2.0-draft", "[static]client.connect")
declare function connect(name: usize, length: usize, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[method]client.disconnect")
declare function disconnect(client: i32, answer: usize): void;
@external("wasi:messaging/types@0.2.0-draft", "[resource-drop]client")
declare function dropClient(client: i32): void;
@external("wasi:messaging/types@0.2.0-draft", "[constructor]message")
declare function newMessage(data: usize, length: usize): i32;
@external("wasi:messaging/types@0.2.0-draft", "[method]message.add-metadata")
declare function addMetadata(message: i32, key: usize, keyLength: usize, value: usize, valueLength: usize): void;
@external("wasi:messaging/producer@0.2.0-draft", "send")
declare function send(client: i32, topic: usize, topicLength: usize, message: i32, answer: usize): void;
@external("wasmcloud:messaging/consumer@0.2.0", "publish")
declare function publish(
  subject: usize,
  subjectLength: usize,
  body: usize,
  bodyLength: usize,
  hasReplyTo: i32,
  replyTo: usize,
  replyToLength: usize,
  answer: usize,
): void;
@external("wasmcloud:messaging/consumer@0.2.0", "request")
declare function request(
  subject: usize,
  subjectLength: usize,
  body: usize,
  bodyLength: usize,
  timeoutMs: i32,
  answer: usize,
): void;

const answer = memory.data(64, 8);
/** Cases of `error` of wasi:messaging. */
const cases = ['timeout', 'connection', 'permission-denied', 'other'];

/**
 * Each line of the event is done in turn, and what came of it is logged:
 *
 *     send OUTPUT TOPIC TEXT    by wasi:messaging, with a header `kind`; OUTPUT `-` is no name
 *     late OUTPUT TOPIC TEXT    the same on a client that is disconnected
 *     publish SUBJECT TEXT      by wasmcloud:messaging; `reply SUBJECT TEXT` with a reply-to
 *     request SUBJECT TEXT
 *     bytes SUBJECT COUNT       publishes so many bytes; `flood SUBJECT COUNT` a small message so often, until one fails
 *     fail, trap, spin
 */
export function handleMessage(payload: usize, length: usize): usize {
  const lines = text(payload, length).split('\n');
  let failed = false;
  for (let n = 0; n < lines.length; n++) {
    const words = lines[n].split(' ');
    const verb = words[0];
    if (verb == 'send' || verb == 'late') sent(verb == 'late', words[1] == '-' ? '' : words[1], words[2], words[3]);
    else if (verb == 'publish' || verb == 'reply') published(verb == 'reply', words[1], utf8(words[2]));
    else if (verb == 'request') requested(words[1], words[2]);
    else if (verb == 'bytes') published(false, words[1], new ArrayBuffer(I32.parseInt(words[2])));
    else if (verb == 'flood') flood(words[1], I32.parseInt(words[2]));
    else failed = fails(lines[n]);
  }
  const result = heap.alloc(2);
  store<u8>(result, u8(failed));
  store<u8>(result, 1, 1);
  return result;
}

function told(what: string): void {
  const tag = load<u8>(answer, 4);
  seen(load<u8>(answer) == 0 ? `${what} ok` : `${what} ${cases[tag]} ${tag == 0 ? '' : textAt(answer + 8)}`);
}

function sent(late: bool, output: string, topic: string, data: string): void {
  const name = utf8(output);
  connect(changetype<usize>(name), name.byteLength, answer);
  if (load<u8>(answer) != 0) return told('connect');
  const client = load<i32>(answer, 4);
  if (late) disconnect(client, answer);
  const bytes = utf8(data);
  const message = newMessage(changetype<usize>(bytes), bytes.byteLength);
  const key = utf8('kind');
  const value = utf8('told');
  addMetadata(message, changetype<usize>(key), key.byteLength, changetype<usize>(value), value.byteLength);
  const place = utf8(topic);
  send(client, changetype<usize>(place), place.byteLength, message, answer);
  told('send');
  dropClient(client);
}

function toldText(what: string): void {
  seen(load<u8>(answer) == 0 ? `${what} ok` : `${what} error ${textAt(answer + 4)}`);
}

function put(subject: string, body: ArrayBuffer, replyTo: bool): bool {
  const place = utf8(subject);
  const reply = replyTo ? changetype<usize>(place) : 0;
  const start = changetype<usize>(body);
  publish(changetype<usize>(place), place.byteLength, start, body.byteLength, i32(replyTo), reply, replyTo ? 1 : 0, answer);
  return load<u8>(answer) == 0;
}

function published(replyTo: bool, subject: string, body: ArrayBuffer): void {
  put(subject, body, replyTo);
  toldText('publish');
}

function flood(subject: string, count: i32): void {
  const body = utf8('.');
  let done = 0;
  while (done < count && put(subject, body, false)) done += 1;
  toldText(`flood ${done}`);
}

function requested(subject: string, data: string): void {
  const place = utf8(subject);
  const body = utf8(data);
  request(changetype<usize>(place), place.byteLength, changetype<usize>(body), body.byteLength, 1000, answer);
  toldText('request');
}
