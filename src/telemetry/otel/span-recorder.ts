import { hash } from 'node:crypto';
import {
  type Attributes,
  createTraceState,
  type Link,
  ROOT_CONTEXT,
  type SpanContext,
  SpanStatusCode,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { RandomIdGenerator, type ReadableSpan, type Sampler, SamplingDecision } from '@opentelemetry/sdk-trace-base';
import type { TraceContext } from '../trace-context.ts';
import { RecordedSpan, type SpanOrigin, type SpanShape } from './recorded-span.ts';

/** How far the wall clock may differ from ours before we follow it, in milliseconds. */
const TOLERANCE_MS = 50;
const LOOK_EVERY_MS = 1_000;

/**
 * Milliseconds since 1970 with fractions, for the times of spans. Monotonic within a delivery, unlike `Date.now()`, and true after weeks,
 * unlike `performance.timeOrigin`, which does not follow when the wall clock is corrected.
 */
class SpanClock {
  #originMs: number = performance.timeOrigin;
  #lookedAt = 0;

  now(): number {
    const elapsed = performance.now();
    if (elapsed - this.#lookedAt > LOOK_EVERY_MS) {
      this.#lookedAt = elapsed;
      const origin = Date.now() - elapsed;
      if (Math.abs(origin - this.#originMs) > TOLERANCE_MS) this.#originMs = origin;
    }
    return this.#originMs + elapsed;
  }
}

/** Receives ended spans; the SDK's processors have this shape. */
export interface SpanSink {
  onEnd(span: ReadableSpan): void;
}

export interface RecorderOptions {
  readonly origin: SpanOrigin;
  readonly sampler: Sampler;
  readonly sinks: readonly SpanSink[];
  /** Whether deliveries continue the trace of their event. */
  readonly continues: boolean;
}

/** The start of a trace's part in this process: its context, and the span if it is sampled. */
export interface Started {
  readonly context: SpanContext;
  readonly span: RecordedSpan | undefined;
}

const NO_LINKS: Link[] = [];

/** Decides what is sampled, makes spans, and hands the ended ones to the sinks. */
export class SpanRecorder {
  readonly #origin: SpanOrigin;
  readonly #service: string;
  readonly #sampler: Sampler;
  readonly #sinks: readonly SpanSink[];
  readonly #continues: boolean;
  readonly #ids = new RandomIdGenerator();
  readonly #clock = new SpanClock();

  constructor({ origin, sampler, sinks, continues }: RecorderOptions) {
    this.#origin = origin;
    this.#service = serviceOf(origin.resource.attributes);
    this.#sampler = sampler;
    this.#sinks = sinks;
    this.#continues = continues;
  }

  /**
   * The span of a delivery; `own` is called only if it is sampled. A delivery that continues no trace gets a trace derived from `identity`, the same
   * in every process of this service.
   */
  consume(shape: SpanShape, producer: TraceContext | undefined, identity: string, own: () => Attributes): Started {
    const linked = producer === undefined ? undefined : remoteContextOf(producer);
    const parent = this.#continues ? linked : undefined;
    const traceId = parent?.traceId ?? traceIdOf(this.#service, identity);
    const within = parent === undefined ? ROOT_CONTEXT : trace.setSpanContext(ROOT_CONTEXT, parent);
    const { decision, traceState } = this.#sampler.shouldSample(within, traceId, shape.name, shape.kind, {}, NO_LINKS);
    const sampled = decision === SamplingDecision.RECORD_AND_SAMPLED;
    const context = this.#context(traceId, sampled, traceState ?? parent?.traceState);
    if (!sampled) return { context, span: undefined };
    const links = linked === undefined ? NO_LINKS : [{ context: linked }];
    const startMs = this.#clock.now();
    return { context, span: new RecordedSpan(this.#origin, shape, { context, parent, links, own: own(), startMs }) };
  }

  /** A span under a sampled one. It is sampled too, as by every sampler of the specification. */
  child(parent: RecordedSpan, shape: SpanShape, own: Attributes): RecordedSpan {
    const above = parent.spanContext();
    const context = this.#context(above.traceId, true, above.traceState);
    const startMs = this.#clock.now();
    return new RecordedSpan(this.#origin, shape, { context, parent: above, links: NO_LINKS, own, startMs });
  }

  /** Idempotent. `error` marks the span as failed; its message holds no payloads. */
  end(span: RecordedSpan, error?: string): void {
    if (span.ended) return;
    span.endMs = Math.max(this.#clock.now(), span.startMs);
    if (error !== undefined) span.status = { code: SpanStatusCode.ERROR, message: error };
    for (const sink of this.#sinks) sink.onEnd(span);
  }

  #context(traceId: string, sampled: boolean, traceState: SpanContext['traceState']): SpanContext {
    const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
    const spanId = this.#ids.generateSpanId();
    return traceState === undefined ? { traceId, spanId, traceFlags } : { traceId, spanId, traceFlags, traceState };
  }
}

/** Distinguishes services that share a collector; the same for all processes of one service. */
const SERVICE = ['service.namespace', 'service.name', 'deployment.environment.name', 'k8s.namespace.name'];

function serviceOf(attributes: Attributes): string {
  return JSON.stringify(SERVICE.map((name) => attributes[name] ?? null));
}

/** SHA-256 is distributed as evenly as random numbers, so samplers by ratio keep their ratio. */
function traceIdOf(service: string, identity: string): string {
  return hash('sha256', `${service} ${identity}`, 'hex').slice(0, 32);
}

function remoteContextOf({ traceId, spanId, sampled, tracestate }: TraceContext): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context = { traceId, spanId, traceFlags, isRemote: true };
  return tracestate === undefined ? context : { ...context, traceState: createTraceState(tracestate) };
}
