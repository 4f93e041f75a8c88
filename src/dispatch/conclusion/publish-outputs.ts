import type { Message } from '../../event.ts';
import { reasonOf, SluiceError } from '../../errors.ts';
import type { Outcome, OutputMessage } from '../../outcome.ts';
import type { CommitGroup, OutputGroup } from '../outputs/outputs.ts';
import { isNotTheMessage, persist } from './persist.ts';
import type { OpenDelivery, OpenTrigger } from './settle.ts';

/** How to accept an event whose other outputs are confirmed. */
export interface Acceptance {
  readonly kind: 'accept';
  /** To be committed together with it. */
  readonly commit: readonly CommitGroup[];
  readonly reply?: Message;
}

/**
 * Publishes what a component returned. Resolves with how to accept the event, once everything that the source can't commit itself is
 * confirmed; or with another outcome, when an output will never take one of the messages, or the wait was cancelled. An output that is away,
 * or refuses whatever is sent, is waited for: that is not the event's fault (see `refusalOf`).
 */
export async function publishOutputs(
  held: OpenDelivery,
  messages: readonly OutputMessage[],
): Promise<Acceptance | Outcome> {
  const { delivery, holder, span } = held;
  const { context, trigger } = holder;
  const reply = delivery.awaitsReply === true ? messages.find(({ to }) => to === '') : undefined;
  const sent = reply === undefined ? messages : messages.filter((message) => message !== reply);
  let groups: readonly OutputGroup[];
  try {
    groups = context.outputs.group(context.facts.trigger, delivery, sent, (given) => span?.inject(given) ?? given);
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    return { kind: 'rejected', reason: `${thrown.code}: ${thrown.message}` };
  }
  const commit: CommitGroup[] = [];
  for (const group of groups) {
    // An output that was away at the start must not be published to before the settlement if it can be committed with it.
    if (trigger.supports.atomicOutputs && group.outlet.publisher === undefined) {
      const refused = await openFirst(group, holder);
      if (refused !== undefined) return refused;
    }
    const { publisher } = group.outlet;
    if (publisher !== undefined && trigger.commits?.(publisher) === true) {
      commit.push({ ...group, publisher });
      continue;
    }
    const refused = await publishOne(held, group);
    if (refused !== undefined) return refused;
  }
  return { kind: 'accept', commit, ...(reply === undefined ? {} : { reply }) };
}

async function openFirst({ outlet }: OutputGroup, holder: OpenTrigger): Promise<Outcome | undefined> {
  try {
    await persist(`output '${outlet.name}'`, holder, async () => void (await outlet.open()), isNotTheMessage);
    return undefined;
  } catch (thrown) {
    return outcomeOf(outlet.name, holder, thrown);
  }
}

async function publishOne(
  { holder, span }: OpenDelivery,
  { outlet, messages }: OutputGroup,
): Promise<Outcome | undefined> {
  const endSpan = span?.publishing(outlet, messages.length);
  try {
    await persist(`output '${outlet.name}'`, holder, (signal) => outlet.publish(messages, signal), isNotTheMessage);
    endSpan?.();
    return undefined;
  } catch (thrown) {
    endSpan?.(thrown);
    return outcomeOf(outlet.name, holder, thrown);
  }
}

function outcomeOf(output: string, { cancel }: OpenTrigger, thrown: unknown): Outcome {
  if (cancel.aborted) return { kind: 'cancelled', reason: 'shutting down' };
  return { kind: 'rejected', reason: `output '${output}': ${reasonOf(thrown)}` };
}
