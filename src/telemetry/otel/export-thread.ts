import { diag, DiagLogLevel } from '@opentelemetry/api';
import { ExportResultCode } from '@opentelemetry/core';
import { convertLegacyHttpOptions, createOtlpHttpExportDelegate } from '@opentelemetry/otlp-exporter-base/node-http';
import { ProtobufTraceSerializer } from '@opentelemetry/otlp-transformer';
import { parentPort } from 'node:worker_threads';
import { ALL_AT_ONCE } from './otlp-exporters.ts';
import type { ToExportThread, ToMain } from './threaded-span-exporter.ts';

// The thread that sends spans. The SDK's own delegate does HTTP, retries and TLS, configured by OTEL_EXPORTER_OTLP_*. Requests arrive encoded.

const tell = (message: ToMain): void => parentPort?.postMessage(message);
const warn = (trouble: string): void => tell({ kind: 'trouble', trouble });
const nothing = (): void => {};
diag.setLogger({ error: warn, warn, info: nothing, debug: nothing, verbose: nothing }, DiagLogLevel.WARN);

const delegate = createOtlpHttpExportDelegate(
  convertLegacyHttpOptions({ concurrencyLimit: ALL_AT_ONCE }, 'TRACES', 'v1/traces', {
    'Content-Type': 'application/x-protobuf',
  }),
  {
    serializeRequest: (request: Uint8Array) => request,
    deserializeResponse: (response: Uint8Array) => ProtobufTraceSerializer.deserializeResponse(response),
  },
  'otlp_http_span_exporter',
  { name: 'span', countItems: () => 0 }, // for the SDK's metrics of itself, which are off
  undefined,
);

parentPort?.on('message', ({ id, request }: ToExportThread) => {
  delegate.export(request, ({ code, error }) => {
    const failure =
      code === ExportResultCode.SUCCESS ? undefined : (error?.message ?? 'the collector did not accept it');
    tell({ kind: 'exported', id, failure });
  });
});
