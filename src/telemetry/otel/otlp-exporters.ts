import type { PushMetricExporter } from '@opentelemetry/sdk-metrics';
import type { LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { SpanExporter } from '@opentelemetry/sdk-trace-base';
import type { SpanOrigin } from './recorded-span.ts';
import { type Environment, type Protocol, protocolOf } from '../exporters.ts';

/** At shutdown all waiting batches are sent at once; their number is bounded already. */
export const ALL_AT_ONCE: number = Number.MAX_SAFE_INTEGER;

type Signal = 'TRACES' | 'METRICS' | 'LOGS';

/**
 * OTLP over HTTP, as protobuf (default) or JSON. The exporters read OTEL_EXPORTER_OTLP_(TRACES_|METRICS_|LOGS_)(ENDPOINT|HEADERS|TIMEOUT|
 * COMPRESSION|CERTIFICATE|CLIENT_KEY|CLIENT_CERTIFICATE) themselves. Only requested exporters are loaded.
 */
export class OtlpExporters {
  readonly #env: Environment;
  readonly #warn: (message: string) => void;

  constructor(env: Environment, warn: (message: string) => void) {
    this.#env = env;
    this.#warn = warn;
  }

  /** `trouble` gets the errors of sending. */
  async traces(origin: SpanOrigin, trouble: (what: string) => void): Promise<SpanExporter> {
    if (this.#protocol('TRACES') === 'http/json') {
      const { OTLPTraceExporter } = await import('@opentelemetry/exporter-trace-otlp-http');
      return new OTLPTraceExporter({ concurrencyLimit: ALL_AT_ONCE });
    }
    const { ThreadedSpanExporter } = await import('./threaded-span-exporter.ts');
    return new ThreadedSpanExporter(origin, trouble);
  }

  async metrics(): Promise<PushMetricExporter> {
    const { OTLPMetricExporter } =
      this.#protocol('METRICS') === 'http/json'
        ? await import('@opentelemetry/exporter-metrics-otlp-http')
        : await import('@opentelemetry/exporter-metrics-otlp-proto');
    return new OTLPMetricExporter();
  }

  async logs(): Promise<LogRecordExporter> {
    const { OTLPLogExporter } =
      this.#protocol('LOGS') === 'http/json'
        ? await import('@opentelemetry/exporter-logs-otlp-http')
        : await import('@opentelemetry/exporter-logs-otlp-proto');
    return new OTLPLogExporter();
  }

  #protocol(signal: Signal): Protocol {
    const protocol = protocolOf(this.#env, signal);
    if (protocol !== undefined) return protocol;
    this.#warn(
      `OTLP for ${signal.toLowerCase()} is spoken as http/protobuf or http/json, not as the protocol that OTEL_EXPORTER_OTLP_PROTOCOL names; http/protobuf is used (collectors listen for it on port 4318)`,
    );
    return 'http/protobuf';
  }
}
