import type { GuestLineSink } from './guest-line.ts';
import type { Attempted, DeliverySpan, TriggerFacts, TriggerTelemetry } from './telemetry.ts';
import type { TriggerMetrics } from './trigger-metrics.ts';

/** Starts the span of one delivery: recorded, or not. */
export type StartDelivery = (delivery: Attempted) => DeliverySpan;

/** Counts what happens to one trigger's deliveries, and leaves their spans to whoever records them. */
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
