import { completedWith, refusedWith } from './lift-answer.ts';
import type { Answer, Contract, GuestEvent } from './contract.ts';
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
        try {
          const answer = handle(event);
          return answer instanceof Promise ? answer.then(completedWith, refused) : completedWith(answer);
        } catch (thrown) {
          return refused(thrown);
        }
      },
    };
  },
};

/** The `err` of a result is thrown as it is; traps and faults of the host are Errors. */
function refused(thrown: unknown): Answer {
  if (thrown instanceof Error) throw thrown;
  return refusedWith(thrown);
}
