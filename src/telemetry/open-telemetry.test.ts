import assert from 'node:assert/strict';
import { afterEach, test } from 'node:test';
import type { Header, TriggerEvent } from '../event.ts';
import { silentLogger, type Logger } from '../logger.ts';
import { openTelemetry } from './open-telemetry.ts';
import type { Telemetry, TelemetryOptions, TriggerFacts } from './telemetry.ts';
import { OtlpCollector, plain } from './testing/otlp-collector.ts';
import { traceContextOf } from './trace-context.ts';

const facts: TriggerFacts = { trigger: 'jobs', system: 'queue', destination: 'jobs', component: 'enrich' };
const options: TelemetryOptions = { serviceName: 'shop', version: '1.2.3', log: silentLogger };
const TRACE_ID = '4bf92f3577b34da6a3ce929d0e0e4736';
const SPAN_ID = '00f067aa0ba902b7';
const SAMPLED: Header = ['TraceParent', `00-${TRACE_ID}-${SPAN_ID}-01`];

function eventWith(...headers: Header[]): TriggerEvent {
  return { id: 'e1', source: 'queue:jobs', subject: 'jobs', time: 0n, headers, data: new Uint8Array() };
}

/** The variables that the SDK reads are the process's own. */
const clean = { ...process.env };
afterEach(() => {
  for (const name of Object.keys(process.env)) if (name.startsWith('OTEL_')) delete process.env[name];
  Object.assign(process.env, clean);
});

/** Runs one completed delivery, with one publish, to its end. */
function deliver(telemetry: Telemetry, event: TriggerEvent): void {
  const span = telemetry.forTrigger(facts).delivery({ event, attempt: 2, position: 'jobs/1' });
  span.outcome({ kind: 'completed', messages: [] }, 1.5, 0.5, true);
  span.publishing({ name: 'orders-out', system: 'nats' }, 3)();
  span.settling('accept')();
  span.end();
}

for (const protocol of ['http/json', 'http/protobuf']) {
  test(`a delivery is one CONSUMER span with its publish and its settlement under it, over ${protocol}`, async () => {
    await using collector = await OtlpCollector.open();
    process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
    process.env['OTEL_EXPORTER_OTLP_PROTOCOL'] = protocol;
    process.env['OTEL_METRICS_EXPORTER'] = 'none';
    process.env['OTEL_LOGS_EXPORTER'] = 'none';
    const before = BigInt(Date.now()) * 1_000_000n;
    {
      await using telemetry = await openTelemetry(options);
      deliver(telemetry, eventWith());
    }
    const [send, settle, process_] = collector.spans;
    assert.equal(collector.spans.length, 3);
    assert.equal(process_?.name, 'process jobs');
    assert.equal(process_.kind, 5);
    assert.equal(process_.parentSpanId || undefined, undefined);
    assert.ok(BigInt(process_.startTimeUnixNano) >= before - 1_000_000n);
    assert.ok(BigInt(process_.endTimeUnixNano) >= BigInt(process_.startTimeUnixNano));
    const { 'faas.coldstart': cold, ...attributes } = process_.attributes;
    assert.equal(Boolean(cold), true);
    assert.deepEqual(attributes, {
      'messaging.system': 'queue',
      'messaging.destination.name': 'jobs',
      'messaging.operation.name': 'process',
      'messaging.operation.type': 'process',
      'messaging.message.id': 'e1',
      'faas.trigger': 'pubsub',
      'sluice.trigger': 'jobs',
      'sluice.component': 'enrich',
      'sluice.attempt': 2,
      'sluice.outcome': 'completed',
      'sluice.invoke.duration_ms': 1.5,
      'sluice.invoke.waited_ms': 0.5,
    });
    assert.equal(send?.name, 'send orders-out');
    assert.equal(send.kind, 4);
    assert.equal(send.attributes['messaging.system'], 'nats');
    assert.equal(send.attributes['messaging.batch.message_count'], 3);
    assert.equal(settle?.name, 'settle jobs');
    assert.equal(settle.kind, 3);
    assert.equal(settle.attributes['sluice.settlement'], 'accept');
    for (const child of [send, settle]) {
      assert.equal(child.traceId, process_.traceId);
      assert.equal(child.parentSpanId, process_.spanId);
    }
    assert.equal(process_.resource['service.name'], 'shop');
    assert.equal(process_.resource['telemetry.distro.name'], 'sluice');
  });
}

test('a request of a component is a CLIENT span under its delivery, without user info and query, and carries its own context', async () => {
  await using collector = await OtlpCollector.open();
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  process.env['OTEL_METRICS_EXPORTER'] = 'none';
  process.env['OTEL_LOGS_EXPORTER'] = 'none';
  const sent: (readonly Header[])[] = [];
  {
    await using telemetry = await openTelemetry(options);
    const span = telemetry.forTrigger(facts).delivery({ event: eventWith(SAMPLED), attempt: 1, position: 'jobs/1' });
    const to = { scheme: 'https', host: 'api.example.com', port: 8443, path: '/orders', headers: [] } as const;
    const requests = [
      { request: { ...to, method: 'GET' }, status: 204 },
      { request: { ...to, method: 'POST', port: 443, headers: [SAMPLED] }, status: 503 },
      { request: { ...to, method: 'BREW', host: '::1' }, error: 'connection-refused' },
    ];
    for (const { request, status, error } of requests) {
      const started = span.requesting(request);
      sent.push(started.headers);
      started.end(status, error);
      started.end(200);
    }
    span.end();
  }
  const [get, post, brew, delivery] = collector.spans;
  assert.equal(collector.spans.length, 4);
  assert.deepEqual(
    [get, post, brew].map((each) => [each?.name, each?.kind, each?.parentSpanId, each?.traceId]),
    ['GET', 'POST', 'HTTP'].map((name) => [name, 3, delivery?.spanId, TRACE_ID]),
  );
  assert.deepEqual(sent, [
    [['traceparent', `00-${TRACE_ID}-${get?.spanId}-01`]],
    [],
    [['traceparent', `00-${TRACE_ID}-${brew?.spanId}-01`]],
  ]);
  assert.deepEqual(get?.attributes, {
    'http.request.method': 'GET',
    'http.response.status_code': 204,
    'server.address': 'api.example.com',
    'server.port': 8443,
    'url.full': 'https://api.example.com:8443/orders',
  });
  assert.deepEqual(
    [post, brew].map((each) => [each?.attributes['error.type'], each?.attributes['url.full'], each?.status?.code]),
    [
      ['503', 'https://api.example.com/orders', 2],
      ['connection-refused', 'https://[::1]:8443/orders', 2],
    ],
  );
  assert.equal(brew?.attributes['http.request.method_original'], 'BREW');
});

function tracing(collector: OtlpCollector, change: Partial<TelemetryOptions> = {}): Promise<Telemetry> {
  process.env['OTEL_TRACES_EXPORTER'] = 'otlp';
  process.env['OTEL_EXPORTER_OTLP_TRACES_PROTOCOL'] = 'http/json';
  process.env['OTEL_EXPORTER_OTLP_TRACES_ENDPOINT'] = `${collector.url}/v1/traces`;
  return openTelemetry({ ...options, ...change });
}

test('a delivery continues and links the trace of its event', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  deliver(telemetry, eventWith(SAMPLED, ['tracestate', 'vendor=x']));
  await telemetry[Symbol.asyncDispose]();
  const span = collector.spans.find(({ name }) => name === 'process jobs');
  assert.equal(span?.traceId, TRACE_ID);
  assert.equal(span.parentSpanId, SPAN_ID);
  assert.equal(span.traceState, 'vendor=x');
  assert.deepEqual(
    span.links.map(({ traceId, spanId }) => ({ traceId, spanId })),
    [{ traceId: TRACE_ID, spanId: SPAN_ID }],
  );
});

test('a delivery starts its own trace and only links the one of its event, where the options say so', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector, { producer: 'link' });
  deliver(telemetry, eventWith(SAMPLED));
  await telemetry[Symbol.asyncDispose]();
  const span = collector.spans.find(({ name }) => name === 'process jobs');
  assert.notEqual(span?.traceId, TRACE_ID);
  assert.equal(span?.parentSpanId || undefined, undefined);
  assert.equal(span?.links[0]?.traceId, TRACE_ID);
});

test('an invalid traceparent is ignored: the delivery starts a trace of its own', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  deliver(telemetry, eventWith(['traceparent', `00-${TRACE_ID}-${'0'.repeat(16)}-01`]));
  await telemetry[Symbol.asyncDispose]();
  const span = collector.spans.find(({ name }) => name === 'process jobs');
  assert.notEqual(span?.traceId, TRACE_ID);
  assert.deepEqual(span?.links, []);
});

test('the trace context that a component gets and its outputs carry is the span of the delivery', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const span = telemetry.forTrigger(facts).delivery({ event: eventWith(), attempt: 1, position: 'jobs/1' });
  const context = { traceId: span.traceId, spanId: span.spanId, sampled: true };
  assert.deepEqual(traceContextOf(span.headers), context);
  assert.deepEqual(traceContextOf(span.inject([['a', '1']])), context);
  assert.deepEqual(span.inject([SAMPLED]), [SAMPLED], 'a context that the component wrote is left alone');
  span.end();
  await telemetry[Symbol.asyncDispose]();
  assert.equal(collector.spans[0]?.spanId, context.spanId);
});

test('an event that brought a trace context reaches the component as it was sent', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const span = telemetry.forTrigger(facts).delivery({ event: eventWith(SAMPLED), attempt: 1, position: 'jobs/1' });
  assert.deepEqual(span.headers, []);
  const sent = traceContextOf(span.inject([]));
  assert.equal(sent?.traceId, TRACE_ID);
  assert.notEqual(sent.spanId, SPAN_ID);
  await telemetry[Symbol.asyncDispose]();
});

test('an unsampled delivery exports nothing and still hands its context on', async () => {
  process.env['OTEL_TRACES_SAMPLER'] = 'always_off';
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const span = telemetry.forTrigger(facts).delivery({ event: eventWith(), attempt: 1, position: 'jobs/1' });
  assert.equal(traceContextOf(span.inject([]))?.sampled, false);
  span.settling('accept')();
  span.end();
  deliver(telemetry, eventWith(SAMPLED));
  await telemetry[Symbol.asyncDispose]();
  assert.deepEqual(collector.requests, []);
});

test('by default what the producer sampled is sampled, and nothing else of its trace', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  deliver(telemetry, eventWith(['traceparent', `00-${TRACE_ID}-${SPAN_ID}-00`]));
  deliver(telemetry, eventWith(['traceparent', `00-${'a'.repeat(32)}-${SPAN_ID}-01`]));
  await telemetry[Symbol.asyncDispose]();
  assert.deepEqual([...new Set(collector.spans.map(({ traceId }) => traceId))], ['a'.repeat(32)]);
});

test('a failed delivery has the status, the kind and the reason of its outcome', async () => {
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const span = telemetry.forTrigger(facts).delivery({ event: eventWith(), attempt: 1, position: 'jobs/1' });
  span.outcome({ kind: 'trapped', reason: 'unreachable', cause: 'trap' }, 1, 0, false);
  span.settling('retry')(new TypeError('the lease is gone'));
  span.end();
  span.end();
  await telemetry[Symbol.asyncDispose]();
  const [settle, processing, ...more] = collector.spans;
  assert.equal(more.length, 0, 'ending twice sends once');
  assert.deepEqual(processing?.status, { code: 2, message: 'unreachable' });
  assert.equal(processing.attributes['error.type'], 'trap');
  assert.equal(processing.attributes['sluice.outcome'], 'trapped');
  assert.deepEqual(settle?.status, { code: 2, message: 'the lease is gone' });
  assert.equal(settle.attributes['error.type'], 'TypeError');
});

test('guest lines become log records with the trace of their delivery, and go to the log', async () => {
  await using collector = await OtlpCollector.open();
  process.env['OTEL_LOGS_EXPORTER'] = 'otlp';
  process.env['OTEL_TRACES_EXPORTER'] = 'otlp';
  process.env['OTEL_METRICS_EXPORTER'] = 'none';
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = collector.url;
  process.env['OTEL_EXPORTER_OTLP_LOGS_PROTOCOL'] = 'http/json';
  const logged: [object, string][] = [];
  const log: Logger = { ...silentLogger, warn: (bindings, message) => void logged.push([bindings, message]) };
  const telemetry = await openTelemetry({ ...options, log });
  const trigger = telemetry.forTrigger(facts);
  const span = trigger.delivery({ event: eventWith(), attempt: 1, position: 'jobs/1' });
  const { traceId, spanId } = span;
  trigger.guestLog(span, 'warn', 'stderr', 'low on stock');
  span.end();
  await telemetry[Symbol.asyncDispose]();
  const [record] = collector.logs;
  assert.equal(record?.body['stringValue'], 'low on stock');
  assert.equal(record.severityText, 'warn');
  assert.equal(record.severityNumber, 13);
  assert.equal(record.traceId, traceId);
  assert.equal(record.spanId, spanId);
  assert.deepEqual(record.attributes, {
    'sluice.trigger': 'jobs',
    'sluice.component': 'enrich',
    'sluice.log.context': 'stderr',
  });
  assert.deepEqual(logged, [[{ component: 'enrich', trigger: 'jobs', context: 'stderr', traceId }, 'low on stock']]);
});

test('metrics are exported as they are counted', async () => {
  await using collector = await OtlpCollector.open();
  process.env['OTEL_METRICS_EXPORTER'] = 'otlp';
  process.env['OTEL_EXPORTER_OTLP_METRICS_ENDPOINT'] = `${collector.url}/v1/metrics`;
  process.env['OTEL_EXPORTER_OTLP_METRICS_PROTOCOL'] = 'http/json';
  {
    await using telemetry = await openTelemetry(options);
    deliver(telemetry, eventWith());
    deliver(telemetry, eventWith());
    telemetry.observe('sluice.permits.used', { 'sluice.trigger': 'jobs' }, () => 7);
  }
  const consumed = collector.metrics.get('messaging.client.consumed.messages');
  assert.equal(consumed?.sum?.isMonotonic, true);
  assert.equal(consumed.sum.dataPoints[0]?.asDouble, 2);
  const duration = collector.metrics.get('messaging.process.duration');
  assert.equal(duration?.unit, 's');
  assert.equal(duration.histogram?.dataPoints[0]?.count, 2);
  assert.equal(duration.histogram.dataPoints[0].sum, 0.004);
  assert.deepEqual(plain(duration.histogram.dataPoints[0]), {
    'messaging.system': 'queue',
    'messaging.destination.name': 'jobs',
    'messaging.operation.name': 'process',
    'sluice.trigger': 'jobs',
    'sluice.component': 'enrich',
  });
  const permits = collector.metrics.get('sluice.permits.used');
  assert.equal(permits?.gauge?.dataPoints[0]?.asDouble, 7);
});

test('headers, service name and resource attributes of the environment are sent', async () => {
  process.env['OTEL_EXPORTER_OTLP_HEADERS'] = 'api-key=s3cret';
  process.env['OTEL_SERVICE_NAME'] = 'from-env';
  process.env['OTEL_RESOURCE_ATTRIBUTES'] = 'deployment.environment.name=test';
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  deliver(telemetry, eventWith());
  await telemetry[Symbol.asyncDispose]();
  assert.equal(collector.requests[0]?.headers['api-key'], 's3cret');
  assert.equal(collector.spans[0]?.resource['service.name'], 'from-env');
  assert.equal(collector.spans[0].resource['deployment.environment.name'], 'test');
});

test('a collector that is away costs a warning, and neither the delivery nor the end', async () => {
  process.env['OTEL_TRACES_EXPORTER'] = 'otlp';
  process.env['OTEL_EXPORTER_OTLP_ENDPOINT'] = 'http://127.0.0.1:1';
  process.env['OTEL_EXPORTER_OTLP_TIMEOUT'] = '200';
  const warned: object[] = [];
  const log: Logger = { ...silentLogger, warn: (bindings) => void warned.push(bindings) };
  const telemetry = await openTelemetry({ ...options, log });
  deliver(telemetry, eventWith());
  await telemetry[Symbol.asyncDispose]();
  assert.ok(warned.some((bindings) => 'code' in bindings && bindings.code === 'SLU5101'));
});

test('without exporters the trace context of an event is handed on as it came', async () => {
  await using telemetry = await openTelemetry(options);
  const span = telemetry
    .forTrigger(facts)
    .delivery({ event: eventWith(SAMPLED, ['tracestate', 'a=1']), attempt: 1, position: 'jobs/1' });
  assert.equal(span.traceId, TRACE_ID);
  assert.deepEqual(span.headers, []);
  assert.deepEqual(span.inject([['a', '1']]), [
    ['a', '1'],
    ['traceparent', `00-${TRACE_ID}-${SPAN_ID}-01`],
    ['tracestate', 'a=1'],
  ]);
  const untraced = telemetry
    .forTrigger(facts)
    .delivery({ event: eventWith(['traceparent', 'nonsense']), attempt: 1, position: 'jobs/1' });
  assert.equal(untraced.traceId, undefined);
  assert.deepEqual(untraced.inject([]), []);
});

test('OTEL_PROPAGATORS=b3: a delivery continues the b3 of its event, and a traceparent is left as it is', async () => {
  process.env['OTEL_PROPAGATORS'] = 'b3';
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const other: Header = ['traceparent', `00-${'a'.repeat(32)}-${SPAN_ID}-01`];
  const event = eventWith(other, ['b3', `${TRACE_ID}-${SPAN_ID}-1`]);
  const span = telemetry.forTrigger(facts).delivery({ event, attempt: 1, position: 'jobs/1' });
  assert.deepEqual(span.headers, []);
  assert.deepEqual(span.inject([]), [['b3', `${TRACE_ID}-${span.spanId}-1`]]);
  span.end();
  await telemetry[Symbol.asyncDispose]();
  assert.deepEqual([collector.spans[0]?.traceId, collector.spans[0]?.parentSpanId], [TRACE_ID, SPAN_ID]);
});

test('OTEL_PROPAGATORS holds where nothing is exported, and what it names wrongly is told', async () => {
  process.env['OTEL_PROPAGATORS'] = 'jaeger,nonsense';
  const warned: unknown[] = [];
  const log: Logger = { ...silentLogger, warn: (...told) => void warned.push(told) };
  await using telemetry = await openTelemetry({ ...options, log });
  const brought: Header = ['uber-trace-id', `${TRACE_ID}:${SPAN_ID}:0:1`];
  const span = telemetry.forTrigger(facts).delivery({ event: eventWith(brought), attempt: 1, position: 'jobs/1' });
  assert.equal(span.traceId, TRACE_ID);
  assert.deepEqual(span.inject([]), [['uber-trace-id', `${TRACE_ID}:${SPAN_ID}:0:01`]]);
  assert.equal(warned.length, 1);
  assert.deepEqual((warned[0] as unknown[])[0], { code: 'SLU5102' }); // what a logger is called with
});

test('attempts of one event share a trace in any process, and with no other event, trigger or service', async () => {
  await using collector = await OtlpCollector.open();
  const traceOf = async (attempt: number, position: string, trigger = 'jobs', serviceName = 'shop') => {
    await using telemetry = await tracing(collector, { serviceName });
    const span = telemetry.forTrigger({ ...facts, trigger }).delivery({ event: eventWith(), attempt, position });
    span.end();
    return span.traceId;
  };
  const first = await traceOf(1, 'jobs/1');
  assert.match(first ?? '', /^[\da-f]{32}$/);
  assert.equal(await traceOf(2, 'jobs/1'), first);
  const others = [
    await traceOf(1, 'jobs/2'),
    await traceOf(1, 'jobs/1', 'bills'),
    await traceOf(1, 'jobs/1', 'jobs', 'x'),
  ];
  assert.equal(new Set([first, ...others]).size, 4);
  assert.equal(new Set(collector.spans.map(({ spanId }) => spanId)).size, 5, 'each attempt is a span of its own');
});

test('a sampler by ratio decides the same for all attempts of one event, and keeps its ratio', async () => {
  process.env['OTEL_TRACES_SAMPLER'] = 'parentbased_traceidratio';
  process.env['OTEL_TRACES_SAMPLER_ARG'] = '0.5';
  await using collector = await OtlpCollector.open();
  const telemetry = await tracing(collector);
  const trigger = telemetry.forTrigger(facts);
  for (let n = 0; n < 400; n += 1)
    for (const attempt of [1, 2]) trigger.delivery({ event: eventWith(), attempt, position: `jobs/${n}` }).end();
  await telemetry[Symbol.asyncDispose]();
  const traces = Object.values(Object.groupBy(collector.spans, ({ traceId }) => traceId));
  assert.ok(traces.every((spans) => spans?.length === 2));
  assert.ok(traces.length > 120 && traces.length < 280, `${traces.length} of 400`);
});
