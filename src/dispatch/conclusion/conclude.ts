import type { Outcome, OutputMessage } from '../../outcome.ts';
import { decide, type Retry } from './decide.ts';
import { giveUp } from './give-up.ts';
import { publishOutputs } from './publish-outputs.ts';
import { type OpenDelivery, settle } from './settle.ts';

/**
 * Does what follows from an outcome: publishes outputs, retries, releases or gives up, and settles. Resolves with a retry that the source
 * can't carry out, so that the delivery waits here and is called again; else with `undefined`: the delivery has ended.
 */
export function conclude(held: OpenDelivery, outcome: Outcome): Promise<Retry | undefined> {
  return outcome.kind === 'completed' ? publishAndAccept(held, outcome.messages) : carryOut(held, outcome);
}

/** Outputs are confirmed before the event is accepted, or together with it where the source can do both at once. */
async function publishAndAccept(held: OpenDelivery, messages: readonly OutputMessage[]): Promise<Retry | undefined> {
  const published = await publishOutputs(held, messages);
  // What is committed with the event may wait for others that were not called yet: it must not withhold them.
  held.published();
  if (published.kind !== 'accept') return carryOut(held, published);
  const { kind, commit, reply } = published;
  const publish = commit.length === 0 ? {} : { publish: commit };
  const result = await settle(held, { kind, ...publish, ...(reply === undefined ? {} : { reply }) }, commit);
  if (result === 'confirmed') held.holder.context.tally.published += messages.length;
  if (typeof result === 'object') await giveUp(held, 'rejected', result.refused);
  return undefined;
}

async function carryOut(held: OpenDelivery, outcome: Outcome): Promise<Retry | undefined> {
  const { context, trigger } = held.holder;
  const { clock, tally, retry: policy, random } = context;
  const ageMs = clock.now() - Number(held.event.time / 1_000_000n);
  const decision = decide(outcome, { number: held.attempt, ageMs, policy, random });
  switch (decision.kind) {
    case 'accept':
    case 'release':
      await settle(held, decision);
      return undefined;
    case 'retry':
      tally.countRetry(held, decision.afterMs);
      if (!trigger.supports.retryAfter || (held.lane !== undefined && !trigger.supports.ordered)) return decision;
      tally.lastRetryDue = Math.max(tally.lastRetryDue, clock.now() + decision.afterMs);
      await settle(held, decision);
      return undefined;
    case 'give-up':
      await giveUp(held, outcome.kind, decision.reason);
      return undefined;
  }
}
