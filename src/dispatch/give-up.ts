import type { Outcome } from '../outcome.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import type { HeldDelivery } from './held.ts';
import type { CommitGroup } from './outputs.ts';
import { always, persist } from './persist.ts';
import { RELEASE, settle } from './settling.ts';

/** The dead letter is confirmed before the source is settled, or with it; when it can't be written, nothing is settled. */
export async function giveUp(held: HeldDelivery, outcome: Outcome, reason: string): Promise<void> {
  const { delivery, event, attempt, span } = held;
  const { facts } = held.holder.route;
  const { position, place } = delivery;
  const letter = {
    trigger: facts.trigger,
    component: facts.component,
    event,
    position,
    ...(place === undefined ? {} : { place }),
    attempt,
    outcome: outcome.kind,
    reason,
    traceId: span?.traceId,
  };
  const group = await letterToCommit(held, letter);
  if (group === undefined) return bury(held, letter);
  const confirmed = await settle(
    held,
    { kind: 'drop', reason, publish: [group] },
    { commit: [group], refused: () => bury(held, letter) },
  );
  if (confirmed) gaveUp(held, letter);
}

function deadLettersOf({ circles, holder: { route } }: HeldDelivery): DeadLetters {
  return circles ? route.lastResort : route.deadLetters;
}

/** The letter as something that the source commits with the settlement, where it can. An output that is away is waited for. */
async function letterToCommit(held: HeldDelivery, letter: DeadLetter): Promise<CommitGroup | undefined> {
  const { trigger } = held.holder;
  if (!trigger.supports.atomicOutputs) return undefined;
  let group: CommitGroup | undefined;
  const ask = async (): Promise<void> => {
    group = await deadLettersOf(held).group?.(letter, (publisher) => trigger.commits?.(publisher) === true);
  };
  await persist('the dead-letter store', held.holder, ask, always).catch(() => {}); // burying it meets the same
  return group;
}

async function bury(held: HeldDelivery, letter: DeadLetter): Promise<void> {
  const deadLetters = deadLettersOf(held);
  const { outlet } = deadLetters;
  const sent = outlet === undefined ? undefined : held.span?.publishing(outlet, 1);
  let refusal: unknown;
  const put = (signal: AbortSignal): Promise<void> =>
    deadLetters.put(letter, signal, (thrown) => void (refusal = thrown));
  try {
    await persist('the dead-letter store', held.holder, put, always);
    sent?.(refusal);
  } catch (thrown) {
    sent?.(thrown);
    return void (await settle(held, RELEASE));
  }
  await settle(held, { kind: 'drop', reason: letter.reason });
  gaveUp(held, letter);
}

function gaveUp(held: HeldDelivery, { attempt, outcome, reason }: DeadLetter): void {
  const { circles, event } = held;
  const { route } = held.holder;
  const { keeps, destination } = deadLettersOf(held);
  route.tally[keeps ? 'deadLettered' : 'dropped'] += 1;
  const reasonOfDrop = keeps ? 'dead-lettered' : 'dropped-by-manifest';
  route.telemetry.dropped(circles ? 'too-many-hops' : reasonOfDrop);
  route.log[circles ? 'error' : 'warn'](
    { event: event.id, attempt, outcome, reason, to: destination },
    'gave up on an event',
  );
}
