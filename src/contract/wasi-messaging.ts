import { messageClass } from '../capability/messaging/messaging.ts';
import { answerOf, completed, failedBy } from './answer-of.ts';
import { headersWithAttributes } from './cloud-attributes.ts';
import type { Contract } from './contract.ts';

interface IncomingHandler {
  readonly handle: (message: object) => unknown;
}

/**
 * `handle: func(message) -> result<_, error>` of wasi:messaging, and wasmCloud's interface of the same shape. The message holds the whole event;
 * headers and the attributes of CloudEvents are in its metadata. Every error requests another attempt.
 */
const messagingContract = (name: string, version: string): Contract => ({
  name,
  madeFor: 'message',
  lends: true,
  entry: (exports) => exports.find((entry) => entry === `${name}@${version}`),
  functionOf: (entry) => `${entry}#handle`,
  bind(exported, hosts) {
    const { handle } = exported as IncomingHandler; // its type was checked by the transpiler
    const host = hosts('messaging');
    const Message = messageClass(name);
    return {
      one(event) {
        const { data, subject: topic, contentType } = event;
        const message = new Message(host, data, { topic, contentType, metadata: headersWithAttributes(event) });
        return answerOf(() => handle(message), completed, failedBy);
      },
    };
  },
});

/** `wasi:messaging/incoming-handler@0.2.0-draft`. */
export const wasiMessaging = messagingContract('wasi:messaging/incoming-handler', '0.2.0-draft');

/** `wasmcloud:messaging/incoming-handler@0.3.0` of wasmCloud 1.9. */
export const wasmcloudIncoming = messagingContract('wasmcloud:messaging/incoming-handler', '0.3.0');
