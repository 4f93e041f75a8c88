import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTraceState, type SpanContext, SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { resourceFromAttributes } from '@opentelemetry/resources';
import { decode, traceRequest } from '../testing/otlp-messages.ts';
import { RecordedSpan, type SpanShape, type SpanStart } from './recorded-span.ts';
import { SpanEncoding } from './span-encoding.ts';

const origin = {
  resource: resourceFromAttributes({ 'service.name': 'shöp', 'a.long.key.of.more.than.36.characters': true, n: 3 }),
  instrumentationScope: { name: 'sluice', version: '1.2.3' },
};
const context: SpanContext = {
  traceId: '4bf92f3577b34da6a3ce929d0e0e4736',
  spanId: '00f067aa0ba902b7',
  traceFlags: 1,
};
const shape: SpanShape = {
  name: 'process jobs',
  kind: SpanKind.CONSUMER,
  attributes: { 'messaging.system': 'queue', 'messaging.destination.name': 'jobs' },
};
const start: SpanStart = { context, parent: undefined, links: [], own: {}, startMs: 1_795_331_605_946.25 };

function ended(change: Partial<SpanStart>, of: SpanShape = shape): RecordedSpan {
  const span = new RecordedSpan(origin, of, { ...start, ...change });
  span.endMs = span.startMs + 12.5;
  return span;
}

const remote: SpanContext = { ...context, isRemote: true, traceState: createTraceState('vendor=x,other=y') };
const failed = ended({ own: { 'error.type': 'trap' } });
failed.status = { code: SpanStatusCode.ERROR, message: 'unreachable: ünknown' };

const cases: Readonly<Record<string, readonly RecordedSpan[]>> = {
  'a root span': [ended({})],
  'attributes of every type': [
    ended({
      own: { text: 'ä', empty: '', long: 'x'.repeat(5000), whole: 7, half: 0.5, below: -0.25, yes: true, no: false },
    }),
  ],
  'a remote parent with its trace state, linked': [
    ended({ context: remote, parent: remote, links: [{ context: remote }] }),
  ],
  'a local parent': [ended({ parent: { ...context, spanId: 'a'.repeat(16) } })],
  'a failure': [failed],
  'many spans of several shapes': Array.from({ length: 1000 }, (_, n) =>
    ended({ own: { n } }, n % 2 === 0 ? shape : { ...shape, name: `settle ${n}`, kind: SpanKind.CLIENT }),
  ),
};

for (const [what, spans] of Object.entries(cases)) {
  test(`SpanEncoding writes ${what} as the SDK does`, () => {
    const theirs = ProtobufTraceSerializer.serializeRequest([...spans]);
    const ours = new SpanEncoding(origin).encode(spans);
    assert.deepEqual(
      decode(Buffer.from(ours), traceRequest),
      withoutEmptyStatus(decode(Buffer.from(theirs ?? []), traceRequest)),
    );
  });
}

/** The SDK writes a status for spans that have none. */
function withoutEmptyStatus(request: Record<string, unknown>): unknown {
  return JSON.parse(JSON.stringify(request), (key, value: unknown) =>
    key === 'status' && JSON.stringify(value) === '{"code":0}' ? undefined : value,
  );
}

test('SpanEncoding is used again for batch after batch', () => {
  const encoding = new SpanEncoding(origin);
  const first = encoding.encode([ended({})]);
  encoding.encode(cases['many spans of several shapes'] ?? []);
  assert.deepEqual(encoding.encode([ended({})]), first);
});
