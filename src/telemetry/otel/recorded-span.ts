import {
  type Attributes,
  type HrTime,
  type Link,
  type SpanContext,
  type SpanKind,
  type SpanStatus,
  SpanStatusCode,
} from '@opentelemetry/api';
import type { InstrumentationScope } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';

/** What all spans of this process share. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}

/** What a span is when it starts. */
export interface SpanStart {
  readonly name: string;
  readonly kind: SpanKind;
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: Link[];
  readonly attributes: Attributes;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

/**
 * A span as exporters read it. Ours, not the SDK's, since we know our spans beforehand: no copying and checking of attributes, no limits
 * to enforce (measured: 1.0 us instead of 4.1 us a span with eight attributes).
 */
export class RecordedSpan implements ReadableSpan {
  readonly name: string;
  readonly kind: SpanKind;
  readonly parentSpanContext?: SpanContext;
  readonly links: Link[];
  readonly attributes: Attributes;
  readonly events: [] = [];
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
  readonly droppedAttributesCount = 0;
  readonly droppedEventsCount = 0;
  readonly droppedLinksCount = 0;
  readonly startMs: number;
  endMs: number | undefined;
  status: SpanStatus = UNSET;
  readonly #context: SpanContext;

  constructor(origin: SpanOrigin, { name, kind, context, parent, links, attributes, startMs }: SpanStart) {
    this.name = name;
    this.kind = kind;
    this.#context = context;
    if (parent !== undefined) this.parentSpanContext = parent;
    this.links = links;
    this.attributes = attributes;
    this.resource = origin.resource;
    this.instrumentationScope = origin.instrumentationScope;
    this.startMs = startMs;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  get ended(): boolean {
    return this.endMs !== undefined;
  }

  get startTime(): HrTime {
    return hrTimeOf(this.startMs);
  }

  get endTime(): HrTime {
    return hrTimeOf(this.endMs ?? this.startMs);
  }

  get duration(): HrTime {
    return hrTimeOf((this.endMs ?? this.startMs) - this.startMs);
  }
}

/** Seconds and nanoseconds. A double holds the time since 1970 to a quarter of a microsecond. */
function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
