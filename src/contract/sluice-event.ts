import { completedWith, refusedWith } from './lift-answer.ts';
import { answerOf } from './answer-of.ts';
import { type Answer, compatibleExport, type Contract, type GuestEvent, MalformedAnswer } from './contract.ts';

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

type HandleBatch = (events: readonly GuestEvent[]) => unknown;

/** Sluice's own contract, many events a call: `handle-batch: func(list<event>) -> list<result<list<message>, failure>>` (wit/event.wit). */
export const sluiceEventBatch: Contract = {
  name: 'sluice:event/batch-handler',
  madeFor: 'message',
  entry: (exports) => compatibleExport(exports, 'sluice:event/batch-handler', '0.1'),
  functionOf: (entry) => `${entry}#handle-batch`,
  bind(exported) {
    const { handleBatch } = exported as { readonly handleBatch: HandleBatch };
    return {
      many(events) {
        const answers = handleBatch(events);
        return answers instanceof Promise
          ? answers.then((lifted) => answersOf(lifted, events.length))
          : answersOf(answers, events.length);
      },
    };
  },
};

function answersOf(results: unknown, wanted: number): readonly Answer[] {
  if (!Array.isArray(results)) throw new MalformedAnswer('wanted a list of results');
  if (results.length !== wanted) {
    throw new MalformedAnswer(`wanted an answer for each of ${wanted} events, got ${results.length}`);
  }
  return results.map(answerIn);
}

function answerIn(result: unknown): Answer {
  if (typeof result !== 'object' || result === null) throw new MalformedAnswer('wanted a result');
  const { tag, val } = result as Readonly<Record<string, unknown>>;
  if (tag === 'ok') return completedWith(val);
  if (tag === 'err') return refusedWith(val);
  throw new MalformedAnswer(`wanted a result, got the case ${String(tag)}`);
}
