import * as environment from 'wasi:cli/environment@0.2.12';
import * as stdin from 'wasi:cli/stdin@0.2.12';
import * as clock from 'wasi:clocks/monotonic-clock@0.2.12';
import * as preopens from 'wasi:filesystem/preopens@0.2.12';
import * as files from 'wasi:filesystem/types@0.2.12';
import * as poll from 'wasi:io/poll@0.2.12';
import * as atomics from 'wasi:keyvalue/atomics@0.2.0-draft2';
import * as batch from 'wasi:keyvalue/batch@0.2.0-draft2';
import * as store from 'wasi:keyvalue/store@0.2.0-draft2';
import * as random from 'wasi:random/random@0.2.12';
import * as network from 'wasi:sockets/instance-network@0.2.12';
import * as lookup from 'wasi:sockets/ip-name-lookup@0.2.12';

const bytes = (text) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const text = (given) => String.fromCharCode(...given);
const names = {
  environment,
  stdin,
  clock,
  preopens,
  files,
  poll,
  atomics,
  batch,
  store,
  random,
  network,
  lookup,
  bytes,
  text,
};

/** Runs the event's data as the body of a function that sees the imports, and answers with what it returns or throws, as JSON. */
function handle(event) {
  // oxlint-disable-next-line typescript/no-implied-eval -- tests run what they like in the sandbox
  const body = new Function(...Object.keys(names), text(event.data));
  let answer;
  try {
    answer = { returned: body(...Object.values(names)) };
  } catch (thrown) {
    answer = { thrown: thrown.payload ?? String(thrown) };
  }
  return [{ to: 'out', key: undefined, contentType: undefined, headers: [], data: bytes(JSON.stringify(answer)) }];
}

export const handler = { handle };
