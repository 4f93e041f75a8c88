import { type Attributes, type SpanContext, SpanKind, TraceFlags } from '@opentelemetry/api';
import { shortened } from '../../bounded-text.ts';
import type { Settlement } from '../../delivery.ts';
import { reasonOf } from '../../errors.ts';
import type { Header } from '../../event.ts';
import { originText } from '../../http-origin.ts';
import type { Outcome } from '../../outcome.ts';
import type { Attempted, ClientRequest, DeliverySpan, Destination, RequestSpan } from '../telemetry.ts';
import type { TraceContext } from '../trace-context.ts';
import { errorTypeOf, errorTypeOfThrown } from '../trigger-metrics.ts';
import type { RecordedSpan, SpanShape } from './recorded-span.ts';
import type { TracedTrigger } from './traced-trigger.ts';

const SAMPLED: number = TraceFlags.SAMPLED;
/** Reasons come from guests and brokers. This is enough to say what happened, but not to carry a payload. */
const LONGEST_REASON = 300;

const requestShape = (name: string): SpanShape => ({ name, kind: SpanKind.CLIENT, attributes: {} });
/** Methods that have a name by https://opentelemetry.io/docs/specs/semconv/http/http-spans/, and the shapes of their spans. */
const shapes = new Map(
  ['GET', 'HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'TRACE', 'PATCH', 'QUERY'].map((method) => [
    method,
    requestShape(method),
  ]),
);
const otherShape = requestShape('HTTP');
const LONGEST_PATH = 1024;

/** One delivery with its CONSUMER span and the spans under it. Unsampled, it costs two random numbers and builds no attributes. */
export class TracedDeliverySpan implements DeliverySpan {
  readonly #trigger: TracedTrigger;
  readonly #eventHeaders: readonly Header[];
  readonly #context: SpanContext;
  readonly #span: RecordedSpan | undefined;
  #error: string | undefined;

  constructor(trigger: TracedTrigger, { event, attempt, position }: Attempted) {
    this.#trigger = trigger;
    this.#eventHeaders = event.headers;
    const producer = trigger.propagation.contextOf(event.headers);
    const { context, span } = trigger.recorder.consume(trigger.process, producer, trigger.identityOf(position), () => ({
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
    return this.#trigger.propagation.forComponent(this.#own(), this.#eventHeaders);
  }

  inject(given: readonly Header[]): readonly Header[] {
    const added = this.#trigger.propagation.forMessage(this.#own(), this.#eventHeaders, given);
    return added.length === 0 ? given : [...given, ...added];
  }

  publishing(output: Destination, count: number): (error?: unknown) => void {
    const { metrics } = this.#trigger;
    const span = this.#child(this.#trigger.send(output), count > 1 ? { 'messaging.batch.message_count': count } : {});
    return (error) => {
      metrics.sent(output, count, errorTypeOfThrown(error));
      this.#end(span, error);
    };
  }

  requesting(request: ClientRequest): RequestSpan {
    const shape = shapes.get(request.method);
    const span = this.#span && this.#child(shape ?? otherShape, attributesOf(request, shape !== undefined));
    const headers = this.#trigger.propagation.forComponent(
      span === undefined ? this.#own() : contextIn(span.spanContext()),
      request.headers,
    );
    return {
      headers,
      end: (status, error) => {
        if (span === undefined || span.ended) return;
        if (status !== undefined) span.own['http.response.status_code'] = status;
        const errorType = error ?? (status !== undefined && status >= 400 ? String(status) : undefined);
        if (errorType !== undefined) span.own['error.type'] = errorType;
        // The HTTP status says enough.
        this.#trigger.recorder.end(span, errorType === undefined ? undefined : (error ?? ''));
      },
    };
  }

  settling(kind: Settlement['kind']): (error?: unknown) => void {
    const { metrics } = this.#trigger;
    const span = this.#child(this.#trigger.settle[kind], {});
    if (span === undefined) return metrics.settled;
    return (error) => {
      metrics.settled(error);
      this.#end(span, error);
    };
  }

  outcome(outcome: Outcome, durationMs: number, waitedMs: number, cold: boolean): void {
    this.#trigger.metrics.finished(outcome, durationMs, waitedMs, cold);
    if (this.#span === undefined) return;
    const { own } = this.#span;
    own['sluice.outcome'] = outcome.kind;
    own['sluice.invoke.duration_ms'] = durationMs;
    own['sluice.invoke.waited_ms'] = waitedMs;
    own['faas.coldstart'] = cold;
    const errorType = errorTypeOf(outcome);
    if (errorType === undefined || outcome.kind === 'completed') return;
    own['error.type'] = errorType;
    this.#error = shortened(outcome.reason, LONGEST_REASON);
  }

  end(): void {
    if (this.#span !== undefined) this.#trigger.recorder.end(this.#span, this.#error);
  }

  #child(shape: SpanShape, own: Attributes): RecordedSpan | undefined {
    return this.#span === undefined ? undefined : this.#trigger.recorder.child(this.#span, shape, own);
  }

  #end(span: RecordedSpan | undefined, error: unknown): void {
    if (span === undefined) return;
    const errorType = errorTypeOfThrown(error);
    if (errorType === undefined) return this.#trigger.recorder.end(span);
    span.own['error.type'] = errorType;
    this.#trigger.recorder.end(span, shortened(reasonOf(error), LONGEST_REASON));
  }

  #own(): TraceContext {
    return contextIn(this.#context);
  }
}

function contextIn({ traceId, spanId, traceFlags, traceState }: SpanContext): TraceContext {
  const tracestate = traceState?.serialize();
  const sampled = (traceFlags & SAMPLED) !== 0;
  return { traceId, spanId, sampled, ...(tracestate !== undefined && { tracestate }) };
}

function attributesOf({ method, scheme, host, port, path }: ClientRequest, isKnown: boolean): Attributes {
  return {
    'http.request.method': isKnown ? method : '_OTHER',
    ...(!isKnown && { 'http.request.method_original': shortened(method, LONGEST_PATH) }),
    'server.address': host,
    'server.port': port,
    'url.full': shortened(`${originText({ scheme, host, port })}${path}`, LONGEST_PATH),
  };
}
