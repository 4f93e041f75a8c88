import type { Delivery } from '../delivery.ts';
import type { Message } from '../event.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import type { Outcome, OutputMessage } from '../outcome.ts';
import type { DeliverySpan } from '../telemetry/telemetry.ts';
import type { Holder } from './held.ts';
import type { CommitGroup, OutputGroup } from './outputs.ts';
import { isNotTheMessage, persist } from './persist.ts';

/** The delivery whose outputs they are, and who holds it. */
export interface OutputsOf {
  readonly delivery: Delivery;
  readonly holder: Holder;
  readonly span: DeliverySpan | undefined;
}

/** How to accept an event whose other outputs are confirmed. */
export interface Acceptance {
  readonly kind: 'accept';
  /** To be committed together with it. */
  readonly commit: readonly CommitGroup[];
  readonly reply?: Message;
}

/**
 * Publishes what a component returned. Resolves with how to accept the event, once everything that the source can't commit itself is
 * confirmed; or with another outcome, when an output will never take one of the messages, or the wait was given up. An output that is away,
 * or refuses whatever is sent, is waited for: that is no fault of the event's (see `refusalOf`).
 */
export async function publishOutputs(
  messages: readonly OutputMessage[],
  { delivery, holder, span }: OutputsOf,
): Promise<Acceptance | Outcome> {
  const { route, trigger } = holder;
  const reply = delivery.awaitsReply === true ? messages.find(({ to }) => to === '') : undefined;
  const sent = reply === undefined ? messages : messages.filter((message) => message !== reply);
  let groups: readonly OutputGroup[];
  try {
    groups = route.outputs.route(route.facts.trigger, delivery, sent, (given) => span?.inject(given) ?? given);
  } catch (thrown) {
    if (!(thrown instanceof SluiceError)) throw thrown;
    return { kind: 'rejected', reason: `${thrown.code}: ${thrown.message}` };
  }
  const commit: CommitGroup[] = [];
  for (const group of groups) {
    // What could be committed with the event must not be published before only because its output was away at the start.
    if (trigger.supports.atomicOutputs && group.outlet.publisher === undefined) {
      const refused = await openFirst(group, holder);
      if (refused !== undefined) return refused;
    }
    const { publisher } = group.outlet;
    if (publisher !== undefined && trigger.commits?.(publisher) === true) {
      commit.push({ ...group, publisher });
      continue;
    }
    const refused = await publishOne(group, holder, span);
    if (refused !== undefined) return refused;
  }
  return { kind: 'accept', commit, ...(reply === undefined ? {} : { reply }) };
}

async function openFirst({ outlet }: OutputGroup, holder: Holder): Promise<Outcome | undefined> {
  try {
    await persist(`output '${outlet.name}'`, holder, async () => void (await outlet.open()), isNotTheMessage);
    return undefined;
  } catch (thrown) {
    return outcomeOf(outlet.name, holder, thrown);
  }
}

async function publishOne(
  { outlet, messages }: OutputGroup,
  holder: Holder,
  span: DeliverySpan | undefined,
): Promise<Outcome | undefined> {
  const ended = span?.publishing(outlet, messages.length);
  try {
    await persist(`output '${outlet.name}'`, holder, (signal) => outlet.publish(messages, signal), isNotTheMessage);
    ended?.();
    return undefined;
  } catch (thrown) {
    ended?.(thrown);
    return outcomeOf(outlet.name, holder, thrown);
  }
}

function outcomeOf(output: string, { cancel }: Holder, thrown: unknown): Outcome {
  if (cancel.aborted) return { kind: 'cancelled', reason: 'shutting down' };
  return { kind: 'rejected', reason: `output '${output}': ${reasonOf(thrown)}` };
}
