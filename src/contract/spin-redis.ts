import { answerOf, completed, failedBy } from './answer-of.ts';
import type { Contract } from './contract.ts';

interface InboundRedis {
  readonly handleMessage: (message: Uint8Array) => unknown;
}

/**
 * `handle-message: func(payload) -> result<_, error>` of Spin's `fermyon:spin/inbound-redis`, which has no version. It knows nothing but the
 * data. Its error is one of the cases `success` and `error`: either asks for another attempt.
 */
export const spinRedis: Contract = {
  name: 'fermyon:spin/inbound-redis',
  madeFor: 'message',
  lacks: 'a subject, headers, attributes, the attempt',
  entry: (exports) => exports.find((entry) => entry === 'fermyon:spin/inbound-redis'),
  functionOf: (entry) => `${entry}#handle-message`,
  bind(exported) {
    const { handleMessage } = exported as InboundRedis; // its type was checked by the transpiler
    return { one: ({ data }) => answerOf(() => handleMessage(data), completed, failedBy) };
  },
};
