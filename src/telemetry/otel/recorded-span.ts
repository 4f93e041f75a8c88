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

/** Data that all spans of this process share. */
export interface SpanOrigin {
  readonly resource: Resource;
  readonly instrumentationScope: InstrumentationScope;
}

/** Data that many spans share; created once and compared by identity. */
export interface SpanShape {
  readonly name: string;
  readonly kind: SpanKind;
  readonly attributes: Attributes;
}

/** The data of one span at its start. */
export interface SpanStart {
  readonly context: SpanContext;
  readonly parent: SpanContext | undefined;
  readonly links: Link[];
  /** Attributes beside those of the shape; may be added to until the span ends. */
  readonly own: Attributes;
  /** Milliseconds since 1970, with fractions. */
  readonly startMs: number;
}

const UNSET: SpanStatus = { code: SpanStatusCode.UNSET };

/**
 * A span as exporters read it. It is our own class, not the SDK's: we know our spans in advance, so attributes need no copies, checks or limits
 * (measured: 1.0 us instead of 4.1 us a span with eight attributes).
 */
export class RecordedSpan implements ReadableSpan {
  readonly shape: SpanShape;
  readonly own: Attributes;
  readonly links: Link[];
  readonly startMs: number;
  endMs: number | undefined = undefined;
  status: SpanStatus = UNSET;
  readonly parentSpanContext?: SpanContext;
  readonly #origin: SpanOrigin;
  readonly #context: SpanContext;

  constructor(origin: SpanOrigin, shape: SpanShape, { context, parent, links, own, startMs }: SpanStart) {
    this.#origin = origin;
    this.#context = context;
    this.shape = shape;
    this.own = own;
    this.links = links;
    this.startMs = startMs;
    if (parent !== undefined) this.parentSpanContext = parent;
  }

  spanContext(): SpanContext {
    return this.#context;
  }

  get name(): string {
    return this.shape.name;
  }

  get kind(): SpanKind {
    return this.shape.kind;
  }

  get attributes(): Attributes {
    return { ...this.shape.attributes, ...this.own };
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

  get resource(): Resource {
    return this.#origin.resource;
  }

  get instrumentationScope(): InstrumentationScope {
    return this.#origin.instrumentationScope;
  }

  get events(): [] {
    return [];
  }

  get droppedAttributesCount(): number {
    return 0;
  }

  get droppedEventsCount(): number {
    return 0;
  }

  get droppedLinksCount(): number {
    return 0;
  }
}

/** Seconds and nanoseconds. A double holds the time since 1970 to a quarter of a microsecond. */
function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, Math.floor((ms - seconds * 1000) * 1e6)];
}
