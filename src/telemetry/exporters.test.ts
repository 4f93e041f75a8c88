import assert from 'node:assert/strict';
import { test } from 'node:test';
import { exportersOf, protocolOf } from './exporters.ts';

const off = { otlp: false, console: false };
const otlp = { otlp: true, console: false };

test('exportersOf exports nothing when nothing is set', () => {
  assert.deepEqual(exportersOf({}), { traces: off, metrics: off, logs: off, warnings: [] });
});

test('exportersOf uses OTLP for every signal when an endpoint is set', () => {
  const exporters = exportersOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318' });
  assert.deepEqual(exporters, { traces: otlp, metrics: otlp, logs: otlp, warnings: [] });
});

test('exportersOf uses OTLP for the one signal whose endpoint is set', () => {
  const exporters = exportersOf({ OTEL_EXPORTER_OTLP_LOGS_ENDPOINT: 'http://collector:4318/v1/logs' });
  assert.deepEqual(exporters, { traces: off, metrics: off, logs: otlp, warnings: [] });
});

test('exportersOf lets a named exporter win over an endpoint', () => {
  const exporters = exportersOf({
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://collector:4318',
    OTEL_TRACES_EXPORTER: 'none',
    OTEL_METRICS_EXPORTER: 'prometheus',
    OTEL_LOGS_EXPORTER: 'otlp',
  });
  assert.deepEqual(exporters, { traces: off, metrics: off, logs: otlp, warnings: [] });
});

test('exportersOf takes a list', () => {
  assert.deepEqual(exportersOf({ OTEL_TRACES_EXPORTER: 'otlp, console' }).traces, { otlp: true, console: true });
});

test('exportersOf ignores an exporter that it does not know, and says so', () => {
  const { traces, warnings } = exportersOf({ OTEL_TRACES_EXPORTER: 'zipkin,otlp' });
  assert.deepEqual(traces, otlp);
  assert.deepEqual(warnings, ["OTEL_TRACES_EXPORTER must be one of otlp, console, none, got 'zipkin'; it is ignored"]);
});

test('exportersOf exports nothing when the SDK is disabled', () => {
  const { traces } = exportersOf({ OTEL_SDK_DISABLED: 'True', OTEL_TRACES_EXPORTER: 'otlp' });
  assert.deepEqual(traces, off);
});

test('protocolOf prefers the protocol of the signal, and defaults to protobuf', () => {
  const env = { OTEL_EXPORTER_OTLP_PROTOCOL: 'http/protobuf', OTEL_EXPORTER_OTLP_TRACES_PROTOCOL: 'http/json' };
  assert.equal(protocolOf(env, 'TRACES'), 'http/json');
  assert.equal(protocolOf(env, 'LOGS'), 'http/protobuf');
  assert.equal(protocolOf({}, 'LOGS'), 'http/protobuf');
  assert.equal(protocolOf({ OTEL_EXPORTER_OTLP_PROTOCOL: 'grpc' }, 'LOGS'), undefined);
});
