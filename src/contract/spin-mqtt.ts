import { answerOf, completed, failedBy } from './answer-of.ts';
import type { Contract } from './contract.ts';
import { functionExport } from './function-export.ts';

type HandleMessage = (payload: Uint8Array, metadata: { readonly topic: string }) => unknown;

/**
 * Spin's `handle-message: func(payload, metadata) -> result<_, error>` of `spin:mqtt-trigger`, a function of the world without a version. It
 * knows the data, and the subject as its topic.
 */
export const spinMqtt: Contract = {
  name: 'spin:mqtt-trigger',
  madeFor: 'message',
  lacks: 'headers, attributes, the attempt',
  entry: functionExport('handle-message', /^spin:mqtt-trigger\/[\w-]+$/),
  functionOf: (entry) => entry,
  bind(exported) {
    const handleMessage = exported as HandleMessage; // its type was checked by the transpiler
    return {
      one: ({ data, subject }) => answerOf(() => handleMessage(data, { topic: subject }), completed, failedBy),
    };
  },
};
