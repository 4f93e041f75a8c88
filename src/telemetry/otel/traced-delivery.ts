import { type Attributes, type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api';
import { reasonOf } from '../../errors.ts';
import type { Settlement } from '../../delivery.ts';
import type { Header } from '../../event.ts';
import type { Outcome } from '../../outcome.ts';
import type { Attempted, DeliverySpan, TriggerFacts } from '../telemetry.ts';
import { carriesTraceContext, headersOf, traceContextOf } from '../trace-context.ts';
import { errorTypeOf, errorTypeOfThrown, faasTriggerOf, type TriggerMetrics } from '../trigger-metrics.ts';
import type { RecordedSpan } from './recorded-span.ts';
import type { SpanRecorder } from './span-recorder.ts';

/** What the spans of one trigger's deliveries have in common; made once. */
export interface TracedTrigger {
  readonly facts: TriggerFacts;
  readonly recorder: SpanRecorder;
  readonly metrics: TriggerMetrics;
  /** `process {destination}`. */
  readonly name: string;
  readonly attributes: Attributes;
}

export function tracedTrigger(recorder: SpanRecorder, facts: TriggerFacts, metrics: TriggerMetrics): TracedTrigger {
  const { trigger, system, destination, component } = facts;
  return {
    facts,
    recorder,
    metrics,
    name: `process ${destination}`,
    attributes: {
      'messaging.system': system,
      'messaging.destination.name': destination,
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'faas.trigger': faasTriggerOf(system),
      ...(system === 'cron' && { 'faas.cron': destination }),
      'sluice.trigger': trigger,
      'sluice.component': component,
    },
  };
}

const SAMPLED: number = TraceFlags.SAMPLED;
const NONE: readonly Header[] = [];
/** Reasons come from guests and brokers: enough to tell what happened, not enough to carry a payload. */
const LONGEST_REASON = 300;

/** One delivery with its CONSUMER span and the spans under it. Unsampled, it costs two random numbers and builds no attributes. */
export class TracedDelivery implements DeliverySpan {
  readonly #trigger: TracedTrigger;
  readonly #eventHeaders: readonly Header[];
  readonly #context: SpanContext;
  readonly #span: RecordedSpan | undefined;
  #error: string | undefined;

  constructor(trigger: TracedTrigger, { event, attempt }: Attempted) {
    this.#trigger = trigger;
    this.#eventHeaders = event.headers;
    const { context, span } = trigger.recorder.consume(trigger.name, traceContextOf(event.headers), () => ({
      ...trigger.attributes,
      'messaging.message.id': event.id,
      'sluice.attempt': attempt,
    }));
    this.#context = context;
    this.#span = span;
  }

  get traceId(): string {
    return this.#context.traceId;
  }

  get spanId(): string {
    return this.#context.spanId;
  }

  get headers(): readonly Header[] {
    return carriesTraceContext(this.#eventHeaders) ? NONE : this.#ownHeaders();
  }

  inject(given: readonly Header[]): readonly Header[] {
    return carriesTraceContext(given) ? given : [...given, ...this.#ownHeaders()];
  }

  publishing(destination: string, count: number): (error?: unknown) => void {
    const { metrics } = this.#trigger;
    const end = this.#child(`send ${destination}`, SpanKind.PRODUCER, () => ({
      'messaging.destination.name': destination,
      'messaging.operation.name': 'send',
      'messaging.operation.type': 'send',
      ...(count > 1 && { 'messaging.batch.message_count': count }),
    }));
    return (error) => {
      metrics.sent(destination, count, errorTypeOfThrown(error));
      end(error);
    };
  }

  settling(kind: Settlement['kind']): (error?: unknown) => void {
    const { facts, metrics } = this.#trigger;
    const end = this.#child(`settle ${facts.destination}`, SpanKind.CLIENT, () => ({
      'messaging.system': facts.system,
      'messaging.destination.name': facts.destination,
      'messaging.operation.name': 'settle',
      'messaging.operation.type': 'settle',
      'sluice.settlement': kind,
    }));
    return (error) => {
      metrics.settled(error);
      end(error);
    };
  }

  outcome(outcome: Outcome, durationMs: number, waitedMs: number, cold: boolean): void {
    this.#trigger.metrics.finished(outcome, durationMs, waitedMs, cold);
    if (this.#span === undefined) return;
    const { attributes } = this.#span;
    attributes['sluice.outcome'] = outcome.kind;
    attributes['sluice.invoke.duration_ms'] = durationMs;
    attributes['sluice.invoke.waited_ms'] = waitedMs;
    attributes['faas.coldstart'] = cold;
    const errorType = errorTypeOf(outcome);
    if (errorType === undefined || outcome.kind === 'completed') return;
    attributes['error.type'] = errorType;
    this.#error = outcome.reason.slice(0, LONGEST_REASON);
  }

  end(): void {
    if (this.#span !== undefined) this.#trigger.recorder.end(this.#span, this.#error);
  }

  #child(name: string, kind: SpanKind, attributes: () => Attributes): (error?: unknown) => void {
    if (this.#span === undefined) return nothing;
    const { recorder } = this.#trigger;
    const span = recorder.child(this.#span, name, kind, attributes());
    return (error) => {
      const errorType = errorTypeOfThrown(error);
      if (errorType !== undefined) span.attributes['error.type'] = errorType;
      recorder.end(span, errorType === undefined ? undefined : reasonOf(error).slice(0, LONGEST_REASON));
    };
  }

  #ownHeaders(): readonly Header[] {
    const { traceId, spanId, traceFlags, traceState } = this.#context;
    const tracestate = traceState?.serialize();
    const sampled = (traceFlags & SAMPLED) !== 0;
    return headersOf({ traceId, spanId, sampled, ...(tracestate !== undefined && { tracestate }) });
  }
}

const nothing = (): void => {};
