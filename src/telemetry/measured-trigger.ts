import type { GuestLineSink } from './guest-line.ts';
import type {
  Attempted,
  ClientRequest,
  DeliverySpan,
  Destination,
  RequestSpan,
  TriggerFacts,
  TriggerTelemetry,
} from './telemetry.ts';
import { errorTypeOfThrown, type TriggerMetrics } from './trigger-metrics.ts';
import type { Header, TriggerEvent } from '../event.ts';
import type { Outcome } from '../outcome.ts';
import type { Propagation, TraceContext } from './trace-context.ts';

/** Starts the span of one delivery: recorded, or not. */
export type StartDelivery = (delivery: Attempted) => DeliverySpan;

/** Counts what happens to one trigger's deliveries; `start` makes their spans. */
export class MeasuredTrigger implements TriggerTelemetry {
  readonly #facts: TriggerFacts;
  readonly #metrics: TriggerMetrics;
  readonly #start: StartDelivery;
  readonly #lines: readonly GuestLineSink[];

  constructor(facts: TriggerFacts, metrics: TriggerMetrics, start: StartDelivery, lines: readonly GuestLineSink[]) {
    this.#facts = facts;
    this.#metrics = metrics;
    this.#start = start;
    this.#lines = lines;
  }

  delivery(delivery: Attempted): DeliverySpan {
    this.#metrics.consumed();
    return this.#start(delivery);
  }

  retried(): void {
    this.#metrics.retried();
  }

  discarded(): void {
    this.#metrics.discarded();
  }

  dropped(reason: string, count = 1): void {
    this.#metrics.dropped(reason, count);
  }

  guestLog(span: DeliverySpan, level: string, context: string, text: string): void {
    const { trigger, component } = this.#facts;
    const line = { level, context, text, trigger, component, traceId: span.traceId, spanId: span.spanId };
    this.#lines.some((sink) => sink(line));
  }
}

const NONE: readonly Header[] = [];

/** No span: counts, and passes the event's own trace context on, so that a trace does not break if Sluice does not record it. */
export class UntracedDeliverySpan implements DeliverySpan {
  readonly #event: TriggerEvent;
  readonly #metrics: TriggerMetrics;
  readonly #propagation: Propagation;
  /** `null`: not read yet. Most deliveries never need it. */
  #brought: TraceContext | undefined | null = null;

  constructor(event: TriggerEvent, metrics: TriggerMetrics, propagation: Propagation) {
    this.#propagation = propagation;
    this.#event = event;
    this.#metrics = metrics;
  }

  get traceId(): string | undefined {
    return this.#context()?.traceId;
  }

  get spanId(): string | undefined {
    return this.#context()?.spanId;
  }

  /** The event's own context is among its headers already. */
  get headers(): readonly Header[] {
    return NONE;
  }

  inject(given: readonly Header[]): readonly Header[] {
    const added = this.#propagation.forMessage(this.#context(), this.#event.headers, given);
    return added.length === 0 ? given : [...given, ...added];
  }

  publishing(output: Destination, count: number): (error?: unknown) => void {
    return (error) => this.#metrics.sent(output, count, errorTypeOfThrown(error));
  }

  requesting({ headers }: ClientRequest): RequestSpan {
    const context = this.#context();
    return { headers: context === undefined ? NONE : this.#propagation.forComponent(context, headers), end: () => {} };
  }

  settling(): (error?: unknown) => void {
    return this.#metrics.settled;
  }

  outcome(outcome: Outcome, durationMs: number, waitedMs: number, cold: boolean): void {
    this.#metrics.finished(outcome, durationMs, waitedMs, cold);
  }

  end(): void {}

  #context(): TraceContext | undefined {
    if (this.#brought === null) this.#brought = this.#propagation.contextOf(this.#event.headers);
    return this.#brought;
  }
}
