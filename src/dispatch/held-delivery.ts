import { boundedEvent } from '../bounded-event.ts';
import { LONGEST_REASON, shortened } from '../bounded-text.ts';
import type { Delivery } from '../delivery.ts';
import { type Header, type Message, type TriggerEvent, weightOf } from '../event.ts';
import { type Outcome, outputBytes } from '../outcome.ts';
import type { Call, CallTiming, ClientRequest, GuestLog, RequestSpan } from '../pool/call.ts';
import type { DeliverySpan } from '../telemetry/telemetry.ts';
import { conclude } from './conclusion/conclude.ts';
import { ACCEPT, type Acceptances, type OpenDelivery, type OpenTrigger, RELEASE, settle } from './conclusion/settle.ts';
import type { Laned, LanePhase } from './lane.ts';
import type { Lanes } from './lanes.ts';
import { hopsOf } from './outputs/published-message.ts';
import { publishDuringCall } from './publish-during-call.ts';

/** What holds a delivery: the pump. */
export interface Holder extends OpenTrigger {
  readonly lanes: Lanes<HeldDelivery>;
  readonly acceptances: Acceptances;
  /** Aborted when the source is stopped or lost: waits for a retry in place end, and the event goes back. */
  readonly closing: AbortSignal;
  /** Whether so much waits to be published that its calls are withheld. */
  readonly isFull: boolean;
  /** Answers with so many more bytes wait to be published; fewer, if negative. */
  unpublished(bytes: number): void;
  /** It has ended; its permit is free. `started`: it was not only waiting in its lane. */
  ended(held: HeldDelivery, started: boolean): void;
}

/**
 * A delivery from the moment it was taken until the source has settled it:
 *
 *     waiting in its lane -> called -> outcome -> its turn -> concluded -> settled
 *               ^              | ^                    |
 *               +-- returned <-+ +----- in place <----+   (only where the source can't carry out a retry)
 *
 * The order is the guarantee: a crash at any arrow leaves the event with the source, which delivers it again.
 */
export class HeldDelivery implements Call, Laned, OpenDelivery {
  readonly delivery: Delivery;
  readonly event: TriggerEvent;
  readonly holder: Holder;
  /** As `Acceptances` settle it; any other settlement is requested for it alone. */
  readonly settlement = ACCEPT;
  phase: LanePhase = 'waiting';
  /** Its place among those of its holder. */
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
    return this.holder.context.timeoutMs;
  }

  /** Of the call that runs, or was the last. Absent: it was never started. */
  get span(): DeliverySpan | undefined {
    return this.#span;
  }

  get started(): boolean {
    return this.#started;
  }

  get ended(): boolean {
    return this.#ended;
  }

  get circles(): boolean {
    return this.#circles;
  }

  start(): void {
    const { context } = this.holder;
    if (this.#ended) return;
    this.#started = true;
    if (this.lost) return this.#discard();
    this.#span ??= context.telemetry.delivery(this);
    const reason = this.#refusal();
    if (reason === undefined) context.pool.submit(this);
    else this.finished({ kind: 'rejected', reason }, NOT_CALLED);
  }

  /** Why it must not be handed to the component. */
  #refusal(): string | undefined {
    const hops = hopsOf(this.event.headers);
    const { mostHops, retry, eventBytes } = this.holder.context;
    this.#circles = hops >= mostHops;
    if (this.#circles) return `SLU3007: the event has ${hops} hops behind it, limits.hops is ${mostHops}`;
    if (this.delivery.refusal !== undefined) return this.delivery.refusal;
    const weight = weightOf(this.event);
    if (weight > eventBytes) return `SLU3004: the event has ${weight} bytes, limits.event_size is ${eventBytes}`;
    if (this.#attempt <= retry.attempts) return undefined;
    // An event that keeps crashing the process must not be retried without end.
    return `${retry.attempts} attempts were begun, and the process ended during the last`;
  }

  release(): void {
    this.#started = false;
    void settle(this, RELEASE);
  }

  /** The pool did not begin it. Its span stays open: it is the same delivery when it starts again. */
  returned(): void {
    if (this.#ended) return;
    this.#started = false;
    this.holder.lanes.returned(this);
  }

  extend(): void {
    this.delivery.extend?.();
  }

  log({ level, context, text }: GuestLog): void {
    if (this.#span !== undefined) this.holder.context.telemetry.guestLog(this.#span, level, context, text);
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
    this.holder.context.tally.unconfirmed += 1;
    this.#started = false;
    this.end();
  }

  finished(answered: Outcome, { durationMs, waitedMs, cold }: CallTiming): void {
    if (this.#ended) return;
    const outcome = boundedOutcome(answered);
    this.holder.context.tally.outcomes[outcome.kind] += 1;
    this.#span?.outcome(outcome, durationMs, waitedMs, cold);
    this.#outcome = outcome;
    if (outcome.kind === 'completed' && outcome.messages.length > 0)
      this.#countUnpublished(outputBytes(outcome.messages));
    if (this.lost) this.#discard();
    // What is ahead of it in its lane continues by itself, or goes back as well.
    else if (outcome.kind === 'cancelled') void settle(this, RELEASE);
    else this.holder.lanes.answered(this, outcome.kind === 'completed');
  }

  get isPlain(): boolean {
    return this.#outcome?.kind === 'completed' && this.#outcome.messages.length === 0;
  }

  conclude(): void {
    if (this.lost) this.#discard();
    else if (this.isPlain) this.holder.acceptances.add(this);
    else if (this.#outcome !== undefined) void this.#conclude(this.#outcome);
  }

  /** Never rejects: whatever goes wrong here, the event goes back to its source. */
  async #conclude(outcome: Outcome): Promise<void> {
    const { context, closing } = this.holder;
    try {
      const retry = await conclude(this, outcome);
      if (retry === undefined) return;
      this.#span?.end();
      this.#span = undefined;
      await context.clock.sleep(retry.afterMs, closing);
      if (closing.aborted) return void (await settle(this, RELEASE));
      this.#attempt += 1;
      this.start();
    } catch (thrown) {
      context.log.error({ err: thrown, code: 'SLU9001', event: this.event.id }, 'a delivery could not be concluded');
      await settle(this, RELEASE);
    }
  }

  published(): void {
    this.#countUnpublished(0);
  }

  /** Counts what its answer weighs while that waits to be published. */
  #countUnpublished(bytes: number): void {
    if (bytes !== this.#unpublishedBytes) this.holder.unpublished(bytes - this.#unpublishedBytes);
    this.#unpublishedBytes = bytes;
  }

  /** Another reader has the event: its outcome here is discarded, and its lane continues. */
  #discard(): void {
    this.holder.context.tally.countDiscard();
    this.end();
  }

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
