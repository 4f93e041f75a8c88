import type { OutcomeKind } from '../../outcome.ts';
import type { DeadLetter, DeadLetters } from '../dead-letters/dead-letters.ts';
import type { CommitGroup } from '../outputs/outputs.ts';
import { always, persist } from './persist.ts';
import { type OpenDelivery, RELEASE, settle } from './settle.ts';

/** Gives up on an event. Its dead letter is confirmed before the source is settled, or together with that; if it can't be written, nothing is settled. */
export async function giveUp(held: OpenDelivery, outcome: OutcomeKind, reason: string): Promise<void> {
  const { delivery, event, attempt, span } = held;
  const { facts } = held.holder.context;
  const { position, place } = delivery;
  const letter = {
    trigger: facts.trigger,
    component: facts.component,
    event,
    position,
    ...(place === undefined ? {} : { place }),
    attempt,
    outcome,
    reason,
    traceId: span?.traceId,
  };
  const group = await letterToCommit(held, letter);
  if (group === undefined) return putAndDrop(held, letter);
  const result = await settle(held, { kind: 'drop', reason, publish: [group] }, [group]);
  if (result === 'confirmed') gaveUp(held, letter);
  if (typeof result === 'object') await putAndDrop(held, letter);
}

function deadLettersOf({ circles, holder: { context } }: OpenDelivery): DeadLetters {
  return circles ? context.lastResort : context.deadLetters;
}

/** The letter as something that the source commits with the settlement, where it can. An output that is away is waited for. */
async function letterToCommit(held: OpenDelivery, letter: DeadLetter): Promise<CommitGroup | undefined> {
  const { trigger } = held.holder;
  if (!trigger.supports.atomicOutputs) return undefined;
  let group: CommitGroup | undefined;
  const ask = async (): Promise<void> => {
    group = await deadLettersOf(held).group?.(letter, (publisher) => trigger.commits?.(publisher) === true);
  };
  await persist('the dead-letter store', held.holder, ask, always).catch(() => {}); // `put` fails in the same way
  return group;
}

async function putAndDrop(held: OpenDelivery, letter: DeadLetter): Promise<void> {
  const deadLetters = deadLettersOf(held);
  const { outlet } = deadLetters;
  const endSpan = outlet === undefined ? undefined : held.span?.publishing(outlet, 1);
  let refusal: unknown;
  const put = (signal: AbortSignal): Promise<void> =>
    deadLetters.put(letter, signal, (thrown) => void (refusal = thrown));
  try {
    await persist('the dead-letter store', held.holder, put, always);
    endSpan?.(refusal);
  } catch (thrown) {
    endSpan?.(thrown);
    return void (await settle(held, RELEASE));
  }
  await settle(held, { kind: 'drop', reason: letter.reason });
  gaveUp(held, letter);
}

function gaveUp(held: OpenDelivery, { attempt, outcome, reason }: DeadLetter): void {
  const { circles, event } = held;
  const { tally, log } = held.holder.context;
  const { keeps, destination } = deadLettersOf(held);
  if (keeps) tally.countDeadLetter(circles ? 'too-many-hops' : 'dead-lettered');
  else tally.countDrops(circles ? 'too-many-hops' : 'dropped-by-manifest');
  log[circles ? 'error' : 'warn'](
    { event: event.id, attempt, outcome, reason, to: destination },
    'gave up on an event',
  );
}
