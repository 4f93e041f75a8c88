// exports handleMessage as fermyon:spin/inbound-redis#handle-message
import { utf8 } from '../guest';
import { seen, text, textAt } from './act';
export { cabi_realloc, postReturn } from '../abi';

@external("fermyon:spin/redis", "publish")
declare function firstPublish(
  address: usize,
  addressLength: usize,
  channel: usize,
  channelLength: usize,
  payload: usize,
  payloadLength: usize,
  answer: usize,
): void;
@external("fermyon:spin/redis", "get")
declare function firstGet(address: usize, addressLength: usize, key: usize, keyLength: usize, answer: usize): void;
@external("fermyon:spin/redis@2.0.0", "[static]connection.open")
declare function openRedis(address: usize, length: usize, answer: usize): void;
@external("fermyon:spin/redis@2.0.0", "[method]connection.publish")
declare function redisPublish(
  connection: i32,
  channel: usize,
  channelLength: usize,
  payload: usize,
  payloadLength: usize,
  answer: usize,
): void;
@external("fermyon:spin/redis@2.0.0", "[method]connection.get")
declare function redisGet(connection: i32, key: usize, length: usize, answer: usize): void;
@external("fermyon:spin/redis@2.0.0", "[resource-drop]connection")
declare function dropRedis(connection: i32): void;
@external("fermyon:spin/mqtt@2.0.0", "[static]connection.open")
declare function openMqtt(
  address: usize,
  length: usize,
  user: usize,
  userLength: usize,
  password: usize,
  passwordLength: usize,
  keepAlive: u64,
  answer: usize,
): void;
@external("fermyon:spin/mqtt@2.0.0", "[method]connection.publish")
declare function mqttPublish(
  connection: i32,
  topic: usize,
  topicLength: usize,
  payload: usize,
  payloadLength: usize,
  qos: i32,
  answer: usize,
): void;
@external("fermyon:spin/mqtt@2.0.0", "[resource-drop]connection")
declare function dropMqtt(connection: i32): void;

const answer = memory.data(64, 8);

/** `first|redis|mqtt ADDRESS TOPIC TEXT`: publishes by that interface and logs what came of it, and what `get` of redis answers. */
export function handleMessage(payload: usize, length: usize): usize {
  const words = text(payload, length).split(' ');
  const kind = words[0];
  const address = utf8(words[1]);
  const at = changetype<usize>(address);
  const topic = utf8(words[2]);
  const to = changetype<usize>(topic);
  const data = utf8(words[3]);
  const from = changetype<usize>(data);
  if (kind == 'first') {
    firstPublish(at, address.byteLength, to, topic.byteLength, from, data.byteLength, answer);
    seen(`first publish ${load<u8>(answer) == 0 ? 'ok' : `error ${load<u8>(answer, 1)}`}`);
    firstGet(at, address.byteLength, to, topic.byteLength, answer);
    seen(`first get ${load<u8>(answer) == 0 ? 'ok' : `error ${load<u8>(answer, 4)}`}`);
  } else if (kind == 'redis') {
    openRedis(at, address.byteLength, answer);
    told('redis open');
    if (load<u8>(answer) == 0) {
      const connection = load<i32>(answer, 4);
      redisPublish(connection, to, topic.byteLength, from, data.byteLength, answer);
      told('redis publish');
      redisGet(connection, to, topic.byteLength, answer);
      told('redis get');
      dropRedis(connection);
    }
  } else {
    openMqtt(at, address.byteLength, at, 0, at, 0, 30, answer);
    told('mqtt open');
    if (load<u8>(answer) == 0) {
      const connection = load<i32>(answer, 4);
      mqttPublish(connection, to, topic.byteLength, from, data.byteLength, 1, answer);
      told('mqtt publish');
      dropMqtt(connection);
    }
  }
  const result = heap.alloc(2);
  store<u8>(result, 0);
  return result;
}

/** An error is `other`, case 3, in all of them. */
function told(what: string): void {
  seen(load<u8>(answer) == 0 ? `${what} ok` : `${what} error ${load<u8>(answer, 4)} ${textAt(answer + 8)}`);
}
