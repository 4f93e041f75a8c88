import { answerOf, completed, failedBy } from './answer-of.ts';
import { compatibleExport } from './compatible-export.ts';
import type { Contract } from './contract.ts';

interface Scheduler {
  readonly invoke: (payload: Uint8Array) => unknown;
}

/** `invoke: func(list<u8>) -> result<_, string>` of `wasmcloud:cron/scheduler@0.1.0`: it knows nothing but the payload. */
export const wasmcloudCron: Contract = {
  name: 'wasmcloud:cron/scheduler',
  madeFor: 'tick',
  lacks: 'headers, attributes, the attempt',
  entry: (exports) => compatibleExport(exports, 'wasmcloud:cron/scheduler', '0.1'),
  functionOf: (entry) => `${entry}#invoke`,
  bind(exported) {
    const { invoke } = exported as Scheduler; // its type was checked by the transpiler
    return { one: ({ data }) => answerOf(() => invoke(data), completed, failedBy) };
  },
};
