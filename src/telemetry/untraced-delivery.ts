import type { Header, TriggerEvent } from '../event.ts';
import type { Outcome } from '../outcome.ts';
import type { DeliverySpan, Destination } from './telemetry.ts';
import type { Propagation, TraceContext } from './trace-context.ts';
import { errorTypeOfThrown, type TriggerMetrics } from './trigger-metrics.ts';

const NONE: readonly Header[] = [];

/** No span: counts, and hands the event's own trace context on, so that a trace does not break where Sluice does not record it. */
export class UntracedDelivery implements DeliverySpan {
  readonly #event: TriggerEvent;
  readonly #metrics: TriggerMetrics;
  readonly #propagation: Propagation;
  /** `null`: not looked for yet. Most deliveries never need it. */
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

  /** What the event brought is among its headers already. */
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
