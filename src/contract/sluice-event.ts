import { completedWith, refusedWith } from './lift-answer.ts';
import { answerOf } from './answer-of.ts';
import type { Contract, GuestEvent } from './contract.ts';
import { compatibleExport } from './compatible-export.ts';

type Handle = (event: GuestEvent) => unknown;

/** Sluice's own contract, one event a call: `handle: func(event) -> result<list<message>, failure>` (wit/event.wit). */
export const sluiceEvent: Contract = {
  name: 'sluice:event/handler',
  madeFor: 'message',
  entry: (exports) => compatibleExport(exports, 'sluice:event/handler', '0.1'),
  functionOf: (entry) => `${entry}#handle`,
  bind(exported) {
    const { handle } = exported as { readonly handle: Handle };
    return {
      one(event) {
        return answerOf(() => handle(event), completedWith, refusedWith);
      },
    };
  },
};
