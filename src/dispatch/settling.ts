import type { Settlement, Unsettled } from '../delivery.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import { settleOne } from '../trigger/settle.ts';
import type { HeldDelivery } from './held.ts';
import type { CommitGroup, OutputGroup } from './outputs.ts';
import { isAway, isNotTheMessage, isUnknown, persist } from './persist.ts';

/** How most deliveries are settled, and how those are that go back uncharged. */
export const ACCEPT: Settlement = { kind: 'accept' };
export const RELEASE: Settlement = { kind: 'release' };

/** What a settlement is committed with. */
interface Committed {
  readonly commit: readonly CommitGroup[];
  /** Called with the reason when one of them is never taken. */
  readonly refused?: (reason: string) => Promise<void>;
}

const NOTHING: Committed = { commit: [] };

/** Ends the span of a settlement, with why it was not confirmed. */
type Told = ((error?: unknown) => void) | undefined;

/**
 * Settles one delivery by itself, and ends it. Resolves with whether that is confirmed; never rejects: a settlement that is not confirmed means
 * that the source delivers the event again. Outputs that can't be committed with it, for good, end it for `refused`: nothing was settled
 * then.
 */
export async function settle(
  held: HeldDelivery,
  settlement: Settlement,
  { commit, refused }: Committed = NOTHING,
): Promise<boolean> {
  if (held.ended) return false;
  const goesBack = held.started && (settlement.kind === 'retry' || settlement.kind === 'release');
  if (goesBack) held.holder.returning(held);
  const told = settlingSpan(held, settlement, commit);
  const confirmed = await confirmation(held, settlement, settleOrWait(held, settlement), { told, refused });
  if (confirmed === undefined) return false;
  if (goesBack) held.holder.returned(held);
  held.end();
  return confirmed;
}

/**
 * Accepts deliveries of one trigger with one call of it, and ends them in order. One that is not confirmed with the others goes on by itself.
 * Never rejects.
 */
export async function acceptAll(all: readonly HeldDelivery[]): Promise<void> {
  const [first] = all;
  if (first === undefined) return;
  const { trigger, abandon } = first.holder;
  const told = all.map(({ span }) => span?.settling('accept'));
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
    if (ofAll !== undefined) void acceptAgain(held, ofAll.error, told[n]);
    else if (failures?.has(held.delivery)) void acceptAgain(held, failures.get(held.delivery), told[n]);
    else {
      told[n]?.();
      held.holder.route.tally.accepted += 1;
      held.end();
    }
  }
}

function failuresOf(unsettled: readonly Unsettled[]): ReadonlyMap<unknown, unknown> | undefined {
  return unsettled.length === 0 ? undefined : new Map(unsettled.map(({ delivery, error }) => [delivery, error]));
}

/** It was not confirmed with others; perhaps it only has to be waited for. */
async function acceptAgain(held: HeldDelivery, thrown: unknown, told: Told): Promise<void> {
  held.holder.delayed(held);
  const confirmed = await confirmation(held, ACCEPT, insist(held, ACCEPT, thrown), { told });
  if (confirmed !== undefined) held.end();
}

/** Whether the source confirmed it. `undefined`: it was given up meanwhile, or `refused` has ended it. */
async function confirmation(
  held: HeldDelivery,
  { kind, ...rest }: Settlement,
  settling: Promise<void>,
  { told, refused }: { readonly told: Told; readonly refused?: Committed['refused'] },
): Promise<boolean | undefined> {
  const { tally } = held.holder.route;
  try {
    await settling;
  } catch (thrown) {
    told?.(thrown);
    if (held.ended) return undefined;
    if (refused === undefined || !('publish' in rest) || !isOfMessage(thrown)) return unconfirmed(held, kind, thrown);
    await refused(reasonOf(thrown));
    return undefined;
  }
  told?.();
  if (kind === 'accept') tally.accepted += 1;
  else if (kind === 'release') tally.released += 1;
  return true;
}

/** The source did not confirm it: the event may come again. */
function unconfirmed(held: HeldDelivery, settlement: Settlement['kind'], thrown: unknown): false {
  const {
    holder: { route },
    event,
    lost,
  } = held;
  route.tally.unconfirmed += 1;
  // Of a generation that ended all settlements fail, and the source has told of its end.
  route.log[lost ? 'debug' : 'warn'](
    { err: thrown, event: event.id, settlement },
    'a settlement was not confirmed; the event may come again',
  );
  return false;
}

/** The span of a settlement, with one for each output that is sent with it. */
function settlingSpan({ span }: HeldDelivery, { kind }: Settlement, commit: readonly OutputGroup[]): Told {
  const settled = span?.settling(kind);
  if (span === undefined || commit.length === 0) return settled;
  const sent = commit.map(({ outlet, messages }) => span.publishing(outlet, messages.length));
  return (error) => {
    for (const ended of sent) ended(error);
    settled?.(error);
  };
}

async function settleOrWait(held: HeldDelivery, settlement: Settlement): Promise<void> {
  const { holder, delivery } = held;
  try {
    await settleOne(holder.trigger, delivery, settlement, holder.abandon);
  } catch (thrown) {
    await insist(held, settlement, thrown);
  }
}

/**
 * After a settlement that failed so: a source that can't be written to for now is waited for, as an output is; so are outputs that it commits.
 * Rejects with the last failure.
 */
async function insist({ holder, delivery }: HeldDelivery, settlement: Settlement, thrown: unknown): Promise<void> {
  const passes = 'publish' in settlement ? isNotTheMessage : isAway;
  const mayPass = (failure: unknown): boolean => !isUnknown(failure) && passes(failure);
  if (!mayPass(thrown)) throw thrown;
  const again = (): Promise<void> => settleOne(holder.trigger, delivery, settlement, holder.abandon);
  await persist('the source', holder, again, mayPass);
}

/** Messages that were to be committed with the settlement, of which at least one is never taken: nothing was settled. */
function isOfMessage(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.ofMessage;
}
