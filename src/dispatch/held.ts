import { boundedEvent } from '../bounded-event.ts';
import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import type { Delivery, Settlement } from '../delivery.ts';
import { type Header, type TriggerEvent, weightOf } from '../event.ts';
import { reasonOf, SluiceError } from '../errors.ts';
import type { Outcome, OutputMessage } from '../outcome.ts';
import type { Call, CallTiming, GuestLog } from '../pool/call.ts';
import type { DeliverySpan } from '../telemetry/telemetry.ts';
import type { Trigger } from '../trigger/trigger.ts';
import type { DeadLetter, DeadLetters } from './dead-letters.ts';
import { decide } from './decide.ts';
import { hopsOf } from './hops.ts';
import type { Laned } from './lanes.ts';
import type { CommitGroup, OutputGroup } from './outputs.ts';
import { always, isAway, isNotTheMessage, isUnknown, persist } from './persist.ts';
import { publishOutputs } from './publish-outputs.ts';
import type { Route } from './route.ts';

/** Who holds a delivery: the pump. */
export interface Holder {
  readonly trigger: Trigger;
  readonly route: Route;
  /** Aborted when the source is stopped or lost: waits for a retry in place end, and the event goes back. */
  readonly closing: AbortSignal;
  /** Aborted when what runs is given up: waits for an output or the dead-letter store end too. */
  readonly cancel: AbortSignal;
  /** Aborted when settlements that the source does not confirm are given up. */
  readonly abandon: AbortSignal;
  /** A delivery that had started is about to go back to the source. */
  returning(held: HeldDelivery): void;
  /** That settlement is known to be confirmed or lost. */
  returned(held: HeldDelivery): void;
  /** It is over; the permit is free. `started`: it was the head of its lane. */
  ended(held: HeldDelivery, started: boolean): void;
}

/**
 * A delivery from the moment it was taken until the source has settled it:
 *
 *     waiting in its lane -> called -> outcome -> decision -> [outputs | dead letter confirmed] -> settled
 *                              ^                     |
 *                              +---- in place <------+   (only where the source can't carry out a retry)
 *
 * The order is the guarantee: a crash at any arrow leaves the event with the source, which delivers it again.
 */
export class HeldDelivery implements Call, Laned {
  readonly #delivery: Delivery;
  readonly #event: TriggerEvent;
  readonly #holder: Holder;
  #span: DeliverySpan | undefined;
  #attempt: number;
  #started = false;
  #ended = false;
  #circles = false;

  constructor(delivery: Delivery, holder: Holder) {
    this.#delivery = delivery;
    this.#event = boundedEvent(delivery.event);
    this.#holder = holder;
    this.#attempt = delivery.attempt;
  }

  get lane(): string | undefined {
    return this.#delivery.lane;
  }

  get lost(): AbortSignal | undefined {
    return this.#delivery.lost;
  }

  get event(): TriggerEvent {
    return this.#event;
  }

  get position(): string {
    return this.#delivery.position;
  }

  get attempt(): number {
    return this.#attempt;
  }

  get extraHeaders(): readonly Header[] {
    return this.#span?.headers ?? [];
  }

  /** Calls of one trigger are one source: triggers that share a pool take turns. */
  get source(): unknown {
    return this.#holder;
  }

  get timeoutMs(): number {
    return this.#holder.route.timeoutMs;
  }

  start(): void {
    const { route } = this.#holder;
    if (this.#ended) return;
    this.#started = true;
    if (this.#delivery.lost?.aborted === true) return this.#discard();
    this.#span = route.telemetry.delivery(this);
    const reason = this.#refusal();
    if (reason === undefined) route.pool.submit(this);
    else this.finished({ kind: 'rejected', reason }, NOT_CALLED);
  }

  get #deadLetters(): DeadLetters {
    const { deadLetters, lastResort } = this.#holder.route;
    return this.#circles ? lastResort : deadLetters;
  }

  /** Why it must not be handed to the component. */
  #refusal(): string | undefined {
    const hops = hopsOf(this.event.headers);
    const { mostHops } = this.#holder.route;
    this.#circles = hops >= mostHops;
    if (this.#circles) return `SLU3007: the event has ${hops} hops behind it, limits.hops is ${mostHops}`;
    if (this.#delivery.refusal !== undefined) return this.#delivery.refusal;
    const { retry, eventBytes } = this.#holder.route;
    const weight = weightOf(this.event);
    if (weight > eventBytes) return `SLU3004: the event has ${weight} bytes, limits.event_size is ${eventBytes}`;
    if (this.#attempt <= retry.attempts) return undefined;
    // What brings the process down, attempt for attempt, must not do so for ever.
    return `${retry.attempts} attempts were begun, and the process ended during the last`;
  }

  release(): void {
    void this.#settle({ kind: 'release' });
  }

  extend(): void {
    this.#delivery.extend?.();
  }

  log({ level, context, text }: GuestLog): void {
    if (this.#span !== undefined) this.#holder.route.telemetry.guestLog(this.#span, level, context, text);
  }

  /**
   * Whatever it waits for is not waited for any more: its pool, an output, its source. The event is unsettled, and comes again. Nothing that
   * is behind it in its lane may start after this.
   */
  abandon(): void {
    this.#holder.route.tally.unconfirmed += 1;
    this.#started = false;
    this.#end();
  }

  finished(told: Outcome, { durationMs, waitedMs, cold }: CallTiming): void {
    if (this.#ended) return;
    const outcome = boundedOutcome(told);
    this.#holder.route.tally.outcomes[outcome.kind] += 1;
    this.#span?.outcome(outcome, durationMs, waitedMs, cold);
    if (this.#delivery.lost?.aborted === true) this.#discard();
    else if (outcome.kind === 'completed' && outcome.messages.length === 0) void this.#settle({ kind: 'accept' });
    else void this.#conclude(outcome);
  }

  /** Never rejects: whatever goes wrong here, the event goes back to its source. */
  async #conclude(outcome: Outcome): Promise<void> {
    try {
      if (outcome.kind === 'completed') await this.#publish(outcome.messages);
      else await this.#carryOut(outcome);
    } catch (thrown) {
      this.#holder.route.log.error(
        { err: thrown, code: 'SLU9001', event: this.event.id },
        'a delivery could not be concluded',
      );
      await this.#settle({ kind: 'release' });
    }
  }

  /** Outputs are confirmed before the event is accepted, or together with it where the source can do both at once. */
  async #publish(messages: readonly OutputMessage[]): Promise<void> {
    const published = await publishOutputs(messages, {
      delivery: this.#delivery,
      holder: this.#holder,
      span: this.#span,
    });
    if (published.kind !== 'accept') return this.#carryOut(published);
    const { kind, commit, reply } = published;
    const publish = commit.length === 0 ? {} : { publish: commit };
    const settlement = { kind, ...publish, ...(reply === undefined ? {} : { reply }) };
    const confirmed = await this.#settle(settlement, {
      commit,
      refused: (reason) => this.#carryOut({ kind: 'rejected', reason }),
    });
    if (confirmed) this.#holder.route.tally.published += messages.length;
  }

  async #carryOut(outcome: Outcome): Promise<void> {
    const { route, trigger, closing } = this.#holder;
    const ageMs = route.clock.now() - Number(this.event.time / 1_000_000n);
    const decision = decide(outcome, { number: this.#attempt, ageMs, policy: route.retry, random: route.random });
    switch (decision.kind) {
      case 'accept':
      case 'release':
        return void (await this.#settle(decision));
      case 'retry':
        route.telemetry.retried(this, decision.afterMs);
        route.tally.retried += 1;
        if (trigger.supports.retryAfter && (this.lane === undefined || trigger.supports.ordered)) {
          route.tally.lastRetryDue = Math.max(route.tally.lastRetryDue, route.clock.now() + decision.afterMs);
          return void (await this.#settle(decision));
        }
        this.#span?.end();
        await route.clock.sleep(decision.afterMs, closing);
        if (closing.aborted) return void (await this.#settle({ kind: 'release' }));
        this.#attempt += 1;
        return this.start();
      case 'give-up':
        return this.#giveUp(outcome, decision.reason);
    }
  }

  /** The dead letter is confirmed before the source is settled, or with it; when it can't be written, nothing is settled. */
  async #giveUp(outcome: Outcome, reason: string): Promise<void> {
    const { route } = this.#holder;
    const { position, place } = this.#delivery;
    const letter = {
      trigger: route.facts.trigger,
      component: route.facts.component,
      event: this.event,
      position,
      ...(place === undefined ? {} : { place }),
      attempt: this.#attempt,
      outcome: outcome.kind,
      reason,
      traceId: this.#span?.traceId,
    };
    const group = await this.#letterToCommit(letter);
    if (group === undefined) return this.#bury(letter);
    const confirmed = await this.#settle(
      { kind: 'drop', reason, publish: [group] },
      { commit: [group], refused: () => this.#bury(letter) },
    );
    if (confirmed) this.#gaveUp(letter);
  }

  /** The letter as something that the source commits with the settlement, where it can. An output that is away is waited for. */
  async #letterToCommit(letter: DeadLetter): Promise<CommitGroup | undefined> {
    const { trigger } = this.#holder;
    if (!trigger.supports.atomicOutputs) return undefined;
    let group: CommitGroup | undefined;
    const ask = async (): Promise<void> => {
      group = await this.#deadLetters.group?.(letter, (publisher) => trigger.commits?.(publisher) === true);
    };
    await persist('the dead-letter store', this.#holder, ask, always).catch(() => {}); // burying it meets the same
    return group;
  }

  async #bury(letter: DeadLetter): Promise<void> {
    const deadLetters = this.#deadLetters;
    const { outlet } = deadLetters;
    const sent = outlet === undefined ? undefined : this.#span?.publishing(outlet, 1);
    let refusal: unknown;
    const put = (signal: AbortSignal): Promise<void> =>
      deadLetters.put(letter, signal, (thrown) => void (refusal = thrown));
    try {
      await persist('the dead-letter store', this.#holder, put, always);
      sent?.(refusal);
    } catch (thrown) {
      sent?.(thrown);
      return void (await this.#settle({ kind: 'release' }));
    }
    await this.#settle({ kind: 'drop', reason: letter.reason });
    this.#gaveUp(letter);
  }

  #gaveUp({ attempt, outcome, reason }: DeadLetter): void {
    const { route } = this.#holder;
    const { keeps, destination } = this.#deadLetters;
    route.tally[keeps ? 'deadLettered' : 'dropped'] += 1;
    const reasonOfDrop = keeps ? 'dead-lettered' : 'dropped-by-manifest';
    route.telemetry.dropped(this.#circles ? 'too-many-hops' : reasonOfDrop);
    route.log[this.#circles ? 'error' : 'warn'](
      { event: this.event.id, attempt, outcome, reason, to: destination },
      'gave up on an event',
    );
  }

  /** Another reader has the event: whatever was done for it here does not count, and its lane goes on. */
  #discard(): void {
    const { route } = this.#holder;
    route.tally.discarded += 1;
    route.telemetry.discarded();
    this.#end();
  }

  #end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#span?.end();
    this.#holder.ended(this, this.#started);
  }

  /**
   * Resolves with whether it is confirmed; never rejects: a settlement that is not confirmed means that the source delivers the event again.
   * Outputs that can't be committed with it, for good, end it for `refused`: nothing was settled then.
   */
  async #settle(settlement: Settlement, { commit, refused }: Committed = NOTHING): Promise<boolean> {
    const { route } = this.#holder;
    if (this.#ended) return false;
    const goesBack = this.#started && (settlement.kind === 'retry' || settlement.kind === 'release');
    if (goesBack) this.#holder.returning(this);
    const ended = this.#settling(settlement, commit);
    let confirmed = false;
    try {
      await this.#settleOrWait(settlement);
      confirmed = true;
      ended?.();
      if (settlement.kind === 'accept') route.tally.accepted += 1;
      else if (settlement.kind === 'release') route.tally.released += 1;
    } catch (thrown) {
      ended?.(thrown);
      if (this.#ended) return false;
      if (refused !== undefined && isRefusedMessage(settlement, thrown)) {
        await refused(reasonOf(thrown));
        return false;
      }
      route.tally.unconfirmed += 1;
      // Of a generation that ended all settlements fail, and the source has told of its end.
      route.log[this.#delivery.lost?.aborted === true ? 'debug' : 'warn'](
        { err: thrown, event: this.event.id, settlement: settlement.kind },
        'a settlement was not confirmed; the event may come again',
      );
    }
    if (goesBack) this.#holder.returned(this);
    this.#end();
    return confirmed;
  }

  /** The span of a settlement, with one for each output that is sent with it. */
  #settling({ kind }: Settlement, commit: readonly OutputGroup[]): ((error?: unknown) => void) | undefined {
    const span = this.#span;
    const settled = span?.settling(kind);
    if (span === undefined || commit.length === 0) return settled;
    const sent = commit.map(({ outlet, messages }) => span.publishing(outlet, messages.length));
    return (error) => {
      for (const ended of sent) ended(error);
      settled?.(error);
    };
  }

  /** A source that can't be written to for now is waited for, as an output is; so are outputs that it commits. */
  async #settleOrWait(settlement: Settlement): Promise<void> {
    const { abandon } = this.#holder;
    try {
      await this.#delivery.settle(settlement, abandon);
    } catch (thrown) {
      const mayPass = 'publish' in settlement ? isNotTheMessage : isAway;
      if (isUnknown(thrown) || !mayPass(thrown)) throw thrown;
      const insists = (again: unknown): boolean => !isUnknown(again) && mayPass(again);
      await persist('the source', this.#holder, () => this.#delivery.settle(settlement, abandon), insists);
    }
  }
}

/** What a settlement is committed with. */
interface Committed {
  readonly commit: readonly CommitGroup[];
  /** Called with the reason when one of them is never taken. */
  readonly refused?: (reason: string) => Promise<void>;
}

const NOTHING: Committed = { commit: [] };

/** A reason is a guest's own text, and goes into logs, spans, letters and headers. */
function boundedOutcome(outcome: Outcome): Outcome {
  if (!('reason' in outcome) || outcome.reason.length <= LONGEST_REASON) return outcome;
  return { ...outcome, reason: shortened(outcome.reason, LONGEST_REASON) };
}

/** Messages that were to be committed with the settlement, of which at least one is never taken: nothing was settled. */
function isRefusedMessage(settlement: Settlement, thrown: unknown): boolean {
  return 'publish' in settlement && thrown instanceof SluiceError && thrown.ofMessage;
}

const NOT_CALLED: CallTiming = { durationMs: 0, waitedMs: 0, cold: false };
