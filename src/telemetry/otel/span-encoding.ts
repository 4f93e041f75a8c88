import type { Attributes, AttributeValue, SpanContext } from '@opentelemetry/api';
import { type LengthBytes, ProtobufWriter } from './protobuf-writer.ts';
import type { RecordedSpan, SpanOrigin, SpanShape } from './recorded-span.ts';

/**
 * Tags of OTLP's messages.
 * https://github.com/open-telemetry/opentelemetry-proto/blob/v1.7.0/opentelemetry/proto/trace/v1/trace.proto
 */
const REQUEST = { resourceSpans: 0x0a } as const;
const RESOURCE_SPANS = { resource: 0x0a, scopeSpans: 0x12 } as const;
const RESOURCE = { attributes: 0x0a } as const;
const SCOPE_SPANS = { scope: 0x0a, spans: 0x12 } as const;
const SCOPE = { name: 0x0a, version: 0x12 } as const;
/** The same in a span and in a link. */
const CONTEXT = { traceId: 0x0a, spanId: 0x12, traceState: 0x1a } as const;
const SPAN = {
  parentSpanId: 0x22,
  name: 0x2a,
  kind: 0x30,
  start: 0x39,
  end: 0x41,
  attributes: 0x4a,
  links: 0x6a,
  status: 0x7a,
  flags: 0x85,
} as const;
const LINK = { flags: 0x35 } as const;
const STATUS = { message: 0x12, code: 0x18 } as const;
const KEY_VALUE = { key: 0x0a, value: 0x12 } as const;
const VALUE = { string: 0x0a, bool: 0x10, int: 0x18, double: 0x21 } as const;

const HAS_IS_REMOTE = 0x100;
const IS_REMOTE = 0x200;
/** A key and a text of this many characters make a nested message of less than 128 bytes, in any script. */
const SHORT = 36;

/**
 * Writes batches of our spans as OTLP/protobuf requests. Parts that all spans of a shape share are encoded once, and no intermediate objects are
 * built (measured: 0.9 us a span of 13 attributes; the SDK's serializers take 2.9 us for JSON and 5.8 us for protobuf).
 */
export class SpanEncoding {
  readonly #writer = new ProtobufWriter();
  readonly #resource: Uint8Array;
  readonly #scope: Uint8Array;
  readonly #shapes = new WeakMap<SpanShape, Uint8Array>();

  constructor({ resource, instrumentationScope: { name, version = '' } }: SpanOrigin) {
    const writer = this.#writer;
    const resourceStart = writer.open(RESOURCE_SPANS.resource);
    this.#attributes(RESOURCE.attributes, resource.attributes);
    writer.close(resourceStart);
    this.#resource = writer.take();
    const scopeStart = writer.open(SCOPE_SPANS.scope);
    writer.string(SCOPE.name, name);
    writer.string(SCOPE.version, version);
    writer.close(scopeStart);
    this.#scope = writer.take();
  }

  /** An ExportTraceServiceRequest. */
  encode(spans: readonly RecordedSpan[]): Uint8Array<ArrayBuffer> {
    const writer = this.#writer;
    for (const { shape } of spans) if (!this.#shapes.has(shape)) this.#shapes.set(shape, this.#shape(shape));
    const resourceSpans = writer.open(REQUEST.resourceSpans);
    writer.encoded(this.#resource);
    const scopeSpans = writer.open(RESOURCE_SPANS.scopeSpans);
    writer.encoded(this.#scope);
    for (const span of spans) this.#span(span);
    writer.close(scopeSpans);
    writer.close(resourceSpans);
    return writer.take();
  }

  #span(span: RecordedSpan): void {
    const writer = this.#writer;
    const { shape, startMs, endMs = startMs, own, links, status, parentSpanContext: parent } = span;
    const context = span.spanContext();
    const start = writer.open(SCOPE_SPANS.spans);
    this.#context(context);
    if (parent !== undefined) writer.hex(SPAN.parentSpanId, parent.spanId);
    writer.encoded(this.#shapes.get(shape)!); // `encode` saw to it
    writer.nanoseconds(SPAN.start, startMs);
    writer.nanoseconds(SPAN.end, endMs);
    this.#attributes(SPAN.attributes, own);
    for (const link of links) this.#link(link.context);
    if (status.message !== undefined) {
      const statusStart = writer.open(SPAN.status);
      writer.string(STATUS.message, status.message);
      writer.varint(STATUS.code, status.code);
      writer.close(statusStart);
    }
    writer.fixed32(SPAN.flags, flagsOf(context.traceFlags, parent));
    writer.close(start);
  }

  #shape({ name, kind, attributes }: SpanShape): Uint8Array {
    this.#writer.string(SPAN.name, name);
    this.#writer.varint(SPAN.kind, kind + 1); // OTLP begins with 1, the API with 0
    this.#attributes(SPAN.attributes, attributes);
    return this.#writer.take();
  }

  #link(context: SpanContext): void {
    const start = this.#writer.open(SPAN.links);
    this.#context(context);
    this.#writer.fixed32(LINK.flags, flagsOf(context.traceFlags, context));
    this.#writer.close(start);
  }

  #context({ traceId, spanId, traceState }: SpanContext): void {
    this.#writer.hex(CONTEXT.traceId, traceId);
    this.#writer.hex(CONTEXT.spanId, spanId);
    if (traceState !== undefined) this.#writer.string(CONTEXT.traceState, traceState.serialize());
  }

  #attributes(tag: number, attributes: Attributes): void {
    for (const key in attributes) this.#attribute(tag, key, attributes[key]);
  }

  #attribute(tag: number, key: string, value: AttributeValue | undefined): void {
    const writer = this.#writer;
    const size: LengthBytes = key.length + (typeof value === 'string' ? value.length : 0) <= SHORT ? 1 : 4;
    const start = writer.open(tag, size);
    writer.string(KEY_VALUE.key, key);
    const valueStart = writer.open(KEY_VALUE.value, size);
    if (typeof value === 'string') writer.string(VALUE.string, value);
    else if (typeof value === 'boolean') writer.varint(VALUE.bool, value ? 1 : 0);
    else if (typeof value === 'number' && Number.isSafeInteger(value) && value >= 0) writer.varint(VALUE.int, value);
    else if (typeof value === 'number') writer.double(VALUE.double, value);
    writer.close(valueStart, size);
    writer.close(start, size);
  }
}

function flagsOf(traceFlags: number, parent: SpanContext | undefined): number {
  return traceFlags | HAS_IS_REMOTE | (parent?.isRemote === true ? IS_REMOTE : 0);
}
