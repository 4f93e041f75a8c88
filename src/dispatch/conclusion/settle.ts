import type { Settled, Settlement, Unsettled } from '../../delivery.ts';
import { reasonOf, SluiceError } from '../../errors.ts';
import type { TriggerEvent } from '../../event.ts';
import type { DeliverySpan } from '../../telemetry/telemetry.ts';
import { settleOne } from '../../trigger/settle.ts';
import type { Trigger } from '../../trigger/trigger.ts';
import type { CommitGroup } from '../outputs/outputs.ts';
import type { TriggerContext } from '../trigger-context.ts';
import { isAway, isNotTheMessage, isUnknown, persist } from './persist.ts';

export const ACCEPT: Settlement = { kind: 'accept' };
export const RELEASE: Settlement = { kind: 'release' };

/** The open trigger that a delivery came from, as its settlement needs it. */
export interface OpenTrigger {
  readonly trigger: Trigger;
  readonly context: TriggerContext;
  readonly lanes: {
    /** The source does not take the acceptance for now: what is behind it in its lane waits. */
    delayed(delivery: OpenDelivery): void;
    /** A delivery that had started is about to go back to the source. */
    close(delivery: OpenDelivery): void;
    /** The settlement that closed the lane is confirmed or lost. */
    confirmed(delivery: OpenDelivery): void;
  };
  /** Ends waits for an output or the dead-letter store: what runs is given up. */
  readonly cancel: AbortSignal;
  /** Ends waits for the source to confirm a settlement. */
  readonly abandon: AbortSignal;
}

/** A delivery whose settlement is not confirmed yet. */
export interface OpenDelivery extends Settled {
  readonly holder: OpenTrigger;
  readonly event: TriggerEvent;
  readonly attempt: number;
  readonly position: string;
  readonly lane: string | undefined;
  readonly span: DeliverySpan | undefined;
  /** It was handed to the pool, or given up on: it does not only wait in its lane. */
  readonly started: boolean;
  /** The source has given the event to another reader. */
  readonly lost: boolean;
  /** It has too many hops behind it: its dead-letter output may be part of the circle. */
  readonly circles: boolean;
  /** It is settled, lost, or abandoned: nothing more is done about it. */
  readonly ended: boolean;
  /** Everything that the component returned is published, or part of the settlement to come. */
  published(): void;
  end(): void;
}

/**
 * How a settlement ended: the source confirmed it, or did not; `over`: the delivery was abandoned meanwhile; `refused`: the source will never
 * take one of the messages that were part of it, so nothing was settled.
 */
export type Result = 'confirmed' | 'unconfirmed' | 'over' | { readonly refused: string };

/** Ends the span of a settlement, with the error when it was not confirmed. */
type EndSpan = ((error?: unknown) => void) | undefined;

const NOTHING: readonly CommitGroup[] = [];

/**
 * Settles one delivery by itself, and ends it unless a message was refused. Never rejects: if the settlement is not confirmed, the source
 * delivers the event again. `commit`: what is published as part of the settlement.
 */
export async function settle(
  held: OpenDelivery,
  settlement: Settlement,
  commit: readonly CommitGroup[] = NOTHING,
): Promise<Result> {
  if (held.ended) return 'over';
  const goesBack = held.started && (settlement.kind === 'retry' || settlement.kind === 'release');
  if (goesBack) held.holder.lanes.close(held);
  const endSpan = settlingSpan(held, settlement, commit);
  const result = await resultOf(held, settlement, settleOrWait(held, settlement), endSpan);
  if (result !== 'confirmed' && result !== 'unconfirmed') return result;
  if (goesBack) held.holder.lanes.confirmed(held);
  held.end();
  return result;
}

/** Accepts what completed with nothing to publish: all of one report of a thread together, when the report was gone through. */
export class Acceptances {
  #completed: OpenDelivery[] = [];

  add(held: OpenDelivery): void {
    if (this.#completed.length === 0) queueMicrotask(this.#accept);
    this.#completed.push(held);
  }

  readonly #accept = (): void => {
    const completed = this.#completed;
    this.#completed = [];
    void acceptAll(completed);
  };
}

/**
 * Accepts deliveries of one trigger with one call of it, and ends them in order. One that is not confirmed with the others continues by
 * itself. Never rejects.
 */
async function acceptAll(all: readonly OpenDelivery[]): Promise<void> {
  const [first] = all;
  if (first === undefined) return;
  const { trigger, abandon } = first.holder;
  const spans = all.map(({ span }) => span?.settling('accept'));
  let failures: ReadonlyMap<unknown, unknown> | undefined;
  let ofAll: { readonly error: unknown } | undefined;
  try {
    const settling = trigger.settle(all, abandon);
    if (settling !== undefined) failures = failuresOf(await settling);
  } catch (error) {
    ofAll = { error };
  }
  for (let n = 0; n < all.length; n += 1) {
    const held = all[n]!;
    if (ofAll !== undefined) void acceptAgain(held, ofAll.error, spans[n]);
    else if (failures?.has(held.delivery)) void acceptAgain(held, failures.get(held.delivery), spans[n]);
    else {
      spans[n]?.();
      held.holder.context.tally.accepted += 1;
      held.end();
    }
  }
}

function failuresOf(unsettled: readonly Unsettled[]): ReadonlyMap<unknown, unknown> | undefined {
  return unsettled.length === 0 ? undefined : new Map(unsettled.map(({ delivery, error }) => [delivery, error]));
}

/** It was not confirmed with the others; the source may only be away for now. */
async function acceptAgain(held: OpenDelivery, thrown: unknown, endSpan: EndSpan): Promise<void> {
  held.holder.lanes.delayed(held);
  const result = await resultOf(held, ACCEPT, retryWhileAway(held, ACCEPT, thrown), endSpan);
  if (result !== 'over') held.end();
}

async function resultOf(
  held: OpenDelivery,
  settlement: Settlement,
  settling: Promise<void>,
  endSpan: EndSpan,
): Promise<Result> {
  const { tally } = held.holder.context;
  const { kind } = settlement;
  try {
    await settling;
  } catch (thrown) {
    endSpan?.(thrown);
    if (held.ended) return 'over';
    if ('publish' in settlement && isOfMessage(thrown)) return { refused: reasonOf(thrown) };
    return unconfirmed(held, kind, thrown);
  }
  endSpan?.();
  if (kind === 'accept') tally.accepted += 1;
  else if (kind === 'release') tally.released += 1;
  return 'confirmed';
}

function unconfirmed(held: OpenDelivery, settlement: Settlement['kind'], thrown: unknown): 'unconfirmed' {
  const { holder, event, lost } = held;
  const { tally, log } = holder.context;
  tally.unconfirmed += 1;
  // After a rebalance all settlements of the generation before it fail, and the source has reported that.
  log[lost ? 'debug' : 'warn'](
    { err: thrown, event: event.id, settlement },
    'a settlement was not confirmed; the event may come again',
  );
  return 'unconfirmed';
}

/** The span of a settlement, with one for each output that is committed with it. */
function settlingSpan({ span }: OpenDelivery, { kind }: Settlement, commit: readonly CommitGroup[]): EndSpan {
  const settling = span?.settling(kind);
  if (span === undefined || commit.length === 0) return settling;
  const publishing = commit.map(({ outlet, messages }) => span.publishing(outlet, messages.length));
  return (error) => {
    for (const end of publishing) end(error);
    settling?.(error);
  };
}

async function settleOrWait(held: OpenDelivery, settlement: Settlement): Promise<void> {
  const { holder, delivery } = held;
  try {
    await settleOne(holder.trigger, delivery, settlement, holder.abandon);
  } catch (thrown) {
    await retryWhileAway(held, settlement, thrown);
  }
}

/**
 * A settlement failed with `thrown`. While the source, or an output that it commits to, can't be written to, tries again, as for an output.
 * Rejects with the last failure.
 */
async function retryWhileAway(
  { holder, delivery }: OpenDelivery,
  settlement: Settlement,
  thrown: unknown,
): Promise<void> {
  const passes = 'publish' in settlement ? isNotTheMessage : isAway;
  const mayPass = (failure: unknown): boolean => !isUnknown(failure) && passes(failure);
  if (!mayPass(thrown)) throw thrown;
  const again = (): Promise<void> => settleOne(holder.trigger, delivery, settlement, holder.abandon);
  await persist('the source', holder, again, mayPass);
}

/** At least one of the messages that were part of the settlement is never taken: nothing was settled. */
function isOfMessage(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.ofMessage;
}
