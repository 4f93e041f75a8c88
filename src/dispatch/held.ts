import { boundedEvent } from '../bounded-event.ts';
import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import type { Delivery, Settled } from '../delivery.ts';
import { type Header, type Message, type TriggerEvent, weightOf } from '../event.ts';
import { type Outcome, outputBytes, type OutputMessage } from '../outcome.ts';
import type { Call, CallTiming, ClientRequest, GuestLog, RequestSpan } from '../pool/call.ts';
import type { DeliverySpan } from '../telemetry/telemetry.ts';
import type { Trigger } from '../trigger/trigger.ts';
import { decide } from './decide.ts';
import { giveUp } from './give-up.ts';
import { hopsOf } from './hops.ts';
import type { Laned, LanePhase } from './lane.ts';
import { publishDuringCall } from './publish-during-call.ts';
import { publishOutputs } from './publish-outputs.ts';
import type { Route } from './route.ts';
import { ACCEPT, RELEASE, settle } from './settling.ts';

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
  /** It completed and has nothing to publish: it is accepted, together with others of this turn. */
  completed(held: HeldDelivery): void;
  /** It has an outcome, which it is to conclude in its turn. */
  answered(held: HeldDelivery, completed: boolean): void;
  /** The pool did not begin it: one ahead of it in its lane did not complete. */
  unstarted(held: HeldDelivery): void;
  /** Its source does not take its acceptance for now. */
  delayed(held: HeldDelivery): void;
  /** A delivery that had started is about to go back to the source. */
  returning(held: HeldDelivery): void;
  /** That settlement is known to be confirmed or lost. */
  returned(held: HeldDelivery): void;
  /** Answers with so many bytes wait to be published; fewer, if negative. */
  unpublished(bytes: number): void;
  /** Whether so much waits to be published that its calls are withheld. */
  readonly isFull: boolean;
  /** It is over; the permit is free. `started`: it was not only waiting in its lane. */
  ended(held: HeldDelivery, started: boolean): void;
}

/**
 * A delivery from the moment it was taken until the source has settled it:
 *
 *     waiting in its lane -> called -> outcome -> its turn -> decision -> [outputs | dead letter confirmed] -> settled
 *               ^              | ^                                |
 *               +- unstarted <-+ +----------- in place <----------+   (only where the source can't carry out a retry)
 *
 * The order is the guarantee: a crash at any arrow leaves the event with the source, which delivers it again.
 */
export class HeldDelivery implements Call, Laned, Settled {
  readonly delivery: Delivery;
  readonly event: TriggerEvent;
  readonly holder: Holder;
  /** As most are settled; any other way is asked for when it is known. */
  readonly settlement = ACCEPT;
  phase: LanePhase = 'waiting';
  /** Where its holder keeps it. */
  seat = 0;
  #span: DeliverySpan | undefined;
  #outcome: Outcome | undefined;
  #attempt: number;
  #started = false;
  #ended = false;
  #circles = false;
  /** What its answer weighs while that waits to be published. */
  #unpublishedBytes = 0;

  constructor(delivery: Delivery, holder: Holder) {
    this.delivery = delivery;
    this.event = boundedEvent(delivery.event);
    this.holder = holder;
    this.#attempt = delivery.attempt;
  }

  get lane(): string | undefined {
    return this.delivery.lane;
  }

  /** Another reader has the event. */
  get lost(): boolean {
    return this.delivery.lost?.aborted === true;
  }

  get loss(): AbortSignal | undefined {
    return this.delivery.lost;
  }

  get position(): string {
    return this.delivery.position;
  }

  get attempt(): number {
    return this.#attempt;
  }

  get extraHeaders(): readonly Header[] {
    return this.#span?.headers ?? NO_HEADERS;
  }

  /** Calls of one trigger are one source: triggers that share a pool take turns. */
  get source(): unknown {
    return this.holder;
  }

  get withheld(): boolean {
    return this.holder.isFull;
  }

  get timeoutMs(): number {
    return this.holder.route.timeoutMs;
  }

  /** Of the call that is under way, or was the last. Absent: it was never started. */
  get span(): DeliverySpan | undefined {
    return this.#span;
  }

  /** It was handed to the pool, or given up on: it does not only wait in its lane. */
  get started(): boolean {
    return this.#started;
  }

  /** It is settled, lost, or abandoned: nothing more is done about it. */
  get ended(): boolean {
    return this.#ended;
  }

  /** It has been published again too often: its dead-letter output may be part of the circle. */
  get circles(): boolean {
    return this.#circles;
  }

  start(): void {
    const { route } = this.holder;
    if (this.#ended) return;
    this.#started = true;
    if (this.lost) return this.#discard();
    this.#span ??= route.telemetry.delivery(this);
    const reason = this.#refusal();
    if (reason === undefined) route.pool.submit(this);
    else this.finished({ kind: 'rejected', reason }, NOT_CALLED);
  }

  /** Why it must not be handed to the component. */
  #refusal(): string | undefined {
    const hops = hopsOf(this.event.headers);
    const { mostHops } = this.holder.route;
    this.#circles = hops >= mostHops;
    if (this.#circles) return `SLU3007: the event has ${hops} hops behind it, limits.hops is ${mostHops}`;
    if (this.delivery.refusal !== undefined) return this.delivery.refusal;
    const { retry, eventBytes } = this.holder.route;
    const weight = weightOf(this.event);
    if (weight > eventBytes) return `SLU3004: the event has ${weight} bytes, limits.event_size is ${eventBytes}`;
    if (this.#attempt <= retry.attempts) return undefined;
    // An event that keeps crashing the process is not tried without end.
    return `${retry.attempts} attempts were begun, and the process ended during the last`;
  }

  release(): void {
    this.#started = false;
    void settle(this, RELEASE);
  }

  /** The pool did not begin it. Its span goes on: it is the same delivery when it starts again. */
  returned(): void {
    if (this.#ended) return;
    this.#started = false;
    this.holder.unstarted(this);
  }

  extend(): void {
    this.delivery.extend?.();
  }

  log({ level, context, text }: GuestLog): void {
    if (this.#span !== undefined) this.holder.route.telemetry.guestLog(this.#span, level, context, text);
  }

  requesting(request: ClientRequest): RequestSpan {
    return this.#span?.requesting(request) ?? UNTRACED;
  }

  publish(output: string, message: Message, signal: AbortSignal): Promise<void> {
    return publishDuringCall({ to: output, ...message }, this, signal);
  }

  /**
   * Stops waiting for its pool, an output or its source. The event is unsettled, and comes again. Nothing behind it in its lane may start
   * after this.
   */
  abandon(): void {
    this.holder.route.tally.unconfirmed += 1;
    this.#started = false;
    this.end();
  }

  finished(told: Outcome, { durationMs, waitedMs, cold }: CallTiming): void {
    if (this.#ended) return;
    const outcome = boundedOutcome(told);
    this.holder.route.tally.outcomes[outcome.kind] += 1;
    this.#span?.outcome(outcome, durationMs, waitedMs, cold);
    this.#outcome = outcome;
    if (outcome.kind === 'completed' && outcome.messages.length > 0)
      this.#countUnpublished(outputBytes(outcome.messages));
    if (this.lost) this.#discard();
    // What its lane has ahead of it goes on by itself, or goes back as well.
    else if (outcome.kind === 'cancelled') void settle(this, RELEASE);
    else this.holder.answered(this, outcome.kind === 'completed');
  }

  get isPlain(): boolean {
    return this.#outcome?.kind === 'completed' && this.#outcome.messages.length === 0;
  }

  conclude(): void {
    if (this.lost) this.#discard();
    else if (this.isPlain) this.holder.completed(this);
    else if (this.#outcome !== undefined) void this.#conclude(this.#outcome);
  }

  /** Never rejects: whatever goes wrong here, the event goes back to its source. */
  async #conclude(outcome: Outcome): Promise<void> {
    try {
      if (outcome.kind === 'completed') await this.#publish(outcome.messages);
      else await this.#carryOut(outcome);
    } catch (thrown) {
      this.holder.route.log.error(
        { err: thrown, code: 'SLU9001', event: this.event.id },
        'a delivery could not be concluded',
      );
      await settle(this, RELEASE);
    }
  }

  /** Outputs are confirmed before the event is accepted, or together with it where the source can do both at once. */
  async #publish(messages: readonly OutputMessage[]): Promise<void> {
    const published = await publishOutputs(messages, {
      delivery: this.delivery,
      holder: this.holder,
      span: this.#span,
    });
    // What is committed with the event may wait for others that were not called yet: it must not withhold them.
    this.#countUnpublished(0);
    if (published.kind !== 'accept') return this.#carryOut(published);
    const { kind, commit, reply } = published;
    const publish = commit.length === 0 ? {} : { publish: commit };
    const settlement = { kind, ...publish, ...(reply === undefined ? {} : { reply }) };
    const confirmed = await settle(this, settlement, {
      commit,
      refused: (reason) => this.#carryOut({ kind: 'rejected', reason }),
    });
    if (confirmed) this.holder.route.tally.published += messages.length;
  }

  async #carryOut(outcome: Outcome): Promise<void> {
    const { route, trigger, closing } = this.holder;
    const ageMs = route.clock.now() - Number(this.event.time / 1_000_000n);
    const decision = decide(outcome, { number: this.#attempt, ageMs, policy: route.retry, random: route.random });
    switch (decision.kind) {
      case 'accept':
      case 'release':
        return void (await settle(this, decision));
      case 'retry':
        route.telemetry.retried(this, decision.afterMs);
        route.tally.retried += 1;
        if (trigger.supports.retryAfter && (this.lane === undefined || trigger.supports.ordered)) {
          route.tally.lastRetryDue = Math.max(route.tally.lastRetryDue, route.clock.now() + decision.afterMs);
          return void (await settle(this, decision));
        }
        this.#span?.end();
        this.#span = undefined;
        await route.clock.sleep(decision.afterMs, closing);
        if (closing.aborted) return void (await settle(this, RELEASE));
        this.#attempt += 1;
        return this.start();
      case 'give-up':
        return giveUp(this, outcome, decision.reason);
    }
  }

  /** Its answer weighs so much, while that waits to be published. */
  #countUnpublished(bytes: number): void {
    if (bytes !== this.#unpublishedBytes) this.holder.unpublished(bytes - this.#unpublishedBytes);
    this.#unpublishedBytes = bytes;
  }

  /** Another reader has the event: whatever was done for it here does not count, and its lane goes on. */
  #discard(): void {
    const { route } = this.holder;
    route.tally.discarded += 1;
    route.telemetry.discarded();
    this.end();
  }

  /** Nothing more is done about it: it is settled, or it comes again. */
  end(): void {
    if (this.#ended) return;
    this.#ended = true;
    this.#countUnpublished(0);
    this.#span?.end();
    this.holder.ended(this, this.#started);
  }
}

/** A reason is a guest's own text, and goes into logs, spans, letters and headers. */
function boundedOutcome(outcome: Outcome): Outcome {
  if (!('reason' in outcome) || outcome.reason.length <= LONGEST_REASON) return outcome;
  return { ...outcome, reason: shortened(outcome.reason, LONGEST_REASON) };
}

const NO_HEADERS: readonly Header[] = [];
const UNTRACED: RequestSpan = { headers: NO_HEADERS, end: () => {} };
const NOT_CALLED: CallTiming = { durationMs: 0, waitedMs: 0, cold: false };
