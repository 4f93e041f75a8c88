import { diag, DiagLogLevel } from '@opentelemetry/api';
import { getNumberFromEnv, setGlobalErrorHandler } from '@opentelemetry/core';
import { BatchSpanProcessor, SimpleSpanProcessor, type SpanProcessor } from '@opentelemetry/sdk-trace-base';
import {
  defaultResource,
  detectResources,
  envDetector,
  type Resource,
  resourceFromAttributes,
  serviceInstanceIdDetector,
} from '@opentelemetry/resources';
import type { Exporters } from '../exporters.ts';
import type { GuestLineSink } from '../guest-line.ts';
import type { Metrics } from '../metrics.ts';
import type { StartDelivery } from '../measured-trigger.ts';
import type { TelemetryOptions, TriggerFacts } from '../telemetry.ts';
import type { Propagation } from '../trace-context.ts';
import type { TriggerMetrics } from '../trigger-metrics.ts';
import { ExportTrouble } from './export-trouble.ts';
import { guestLogRecords } from './guest-log-records.ts';
import { exportedMetrics } from './metric-export.ts';
import { OtlpExporters } from './otlp-exporters.ts';
import { samplerOf } from './sampler.ts';
import { SpanRecorder } from './span-recorder.ts';
import { TraceTree } from './trace-tree.ts';
import { TracedDeliverySpan } from './delivery-span.ts';
import { TracedTrigger } from './traced-trigger.ts';

/** The parts of the SDK that export. */
export interface Exporting extends AsyncDisposable {
  /** Absent: spans are not recorded. */
  readonly starter?: (facts: TriggerFacts, metrics: TriggerMetrics) => StartDelivery;
  readonly lines: readonly GuestLineSink[];
}

/** Time limit for sending the last spans at shutdown, in milliseconds: a collector that is away must not delay a drain. */
const FLUSH_PATIENCE_MS = 3_000;

/** Spans that may wait for their export. The SDK's default of 2,048 is 20 ms of a busy trigger; a garbage collection may take longer. */
const QUEUED_SPANS = 16_384;

/** Defaults for settings that OTEL_BSP_* do not set; the processor reads those variables itself. */
function batchSettings() {
  return { maxQueueSize: getNumberFromEnv('OTEL_BSP_MAX_QUEUE_SIZE') ?? QUEUED_SPANS };
}

/** Starts the requested parts of the SDK. Only the handlers of the SDK's own errors are registered globally. */
export async function openExporting(
  { traces, metrics, logs }: Exporters,
  toConsole: boolean,
  counted: Metrics,
  propagation: Propagation,
  { serviceName, version, log, producer = 'parent', console = process.stderr }: TelemetryOptions,
): Promise<Exporting> {
  const warn = (message: string): void => log.warn({ code: 'SLU5102' }, message);
  const trouble = new ExportTrouble(log);
  diag.setLogger(trouble, { logLevel: DiagLogLevel.WARN, suppressOverrideMessage: true });
  setGlobalErrorHandler((exception) => trouble.report(exception));

  const resource = resourceOf(serviceName, version);
  const origin = { resource, instrumentationScope: { name: 'sluice', version } };
  const otlp = new OtlpExporters(process.env, warn);
  const processors: SpanProcessor[] = [];
  const lines: GuestLineSink[] = [];
  const closing: (() => Promise<unknown>)[] = [];

  if (traces.otlp) {
    const exporter = await otlp.traces(origin, (what) => trouble.error(what));
    processors.push(new BatchSpanProcessor(exporter, batchSettings()));
  }
  if (logs.otlp) {
    const records = guestLogRecords(origin, await otlp.logs());
    lines.push(records.sink);
    closing.push(() => records.shutdown());
  }
  if (toConsole) {
    const tree = new TraceTree(console);
    processors.push(new SimpleSpanProcessor(tree));
    lines.push((line) => tree.line(line));
  }
  closing.push(...processors.map((processor) => () => processor.shutdown()));
  if (metrics.otlp) {
    const provider = exportedMetrics(origin, counted, await otlp.metrics());
    closing.push(() => provider.shutdown());
  }
  const sampler = samplerOf(process.env, warn);
  const recorder = new SpanRecorder({ origin, sampler, sinks: processors, continues: producer === 'parent' });

  return {
    lines,
    ...(processors.length > 0 && {
      starter: (facts, metrics) => {
        const trigger = new TracedTrigger(recorder, facts, metrics, propagation);
        return (delivery) => new TracedDeliverySpan(trigger, delivery);
      },
    }),
    async [Symbol.asyncDispose]() {
      const patience = Promise.withResolvers<void>();
      const timer = setTimeout(patience.resolve, FLUSH_PATIENCE_MS);
      const flushed = Promise.allSettled(closing.map((close) => close()));
      await Promise.race([flushed, patience.promise]);
      clearTimeout(timer);
      diag.disable();
    },
  };
}

/** The resource that sends this telemetry. OTEL_SERVICE_NAME and OTEL_RESOURCE_ATTRIBUTES override it. */
function resourceOf(serviceName: string, version: string): Resource {
  const own = resourceFromAttributes({
    'service.name': serviceName,
    'telemetry.distro.name': 'sluice',
    'telemetry.distro.version': version,
  });
  const detected = detectResources({ detectors: [serviceInstanceIdDetector, envDetector] });
  return defaultResource().merge(own).merge(detected);
}
