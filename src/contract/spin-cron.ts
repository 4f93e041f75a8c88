import { answerOf, completed, failedBy } from './answer-of.ts';
import type { Contract } from './contract.ts';
import { functionExport } from './function-export.ts';

type HandleCronEvent = (metadata: { readonly timestamp: bigint }) => unknown;

/**
 * Spin's `handle-cron-event: func(metadata) -> result<_, error>` of `fermyon:spin-cron@2.0.0`, a function of the world. It knows the time of
 * the slot, in seconds since 1970, and nothing else.
 */
export const spinCron: Contract = {
  name: 'fermyon:spin-cron',
  madeFor: 'tick',
  lacks: 'data, headers, attributes, the attempt',
  entry: functionExport('handle-cron-event', /^fermyon:spin-cron\/[\w-]+@2\./),
  functionOf: (entry) => entry,
  bind(exported) {
    const handleCronEvent = exported as HandleCronEvent; // its type was checked by the transpiler
    return {
      one: ({ time }) => answerOf(() => handleCronEvent({ timestamp: time / 1_000_000_000n }), completed, failedBy),
    };
  },
};
