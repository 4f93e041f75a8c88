import { ROOT_CONTEXT, trace, TraceFlags } from '@opentelemetry/api';
import { SeverityNumber } from '@opentelemetry/api-logs';
import { getNumberFromEnv } from '@opentelemetry/core';
import { BatchLogRecordProcessor, LoggerProvider, type LogRecordExporter } from '@opentelemetry/sdk-logs';
import type { GuestLine, GuestLineSink } from '../guest-line.ts';
import type { SpanOrigin } from './recorded-span.ts';

export interface GuestLogRecords {
  readonly sink: GuestLineSink;
  shutdown(): Promise<void>;
}

/** Guest lines as OpenTelemetry log records, tied to the delivery's trace. Batches by OTEL_BLRP_*. */
export function guestLogRecords(origin: SpanOrigin, exporter: LogRecordExporter): GuestLogRecords {
  const processor = new BatchLogRecordProcessor({ exporter, ...batchSettings() });
  const provider = new LoggerProvider({ resource: origin.resource, processors: [processor] });
  const logger = provider.getLogger(origin.instrumentationScope.name, origin.instrumentationScope.version);
  return {
    sink(line) {
      logger.emit({
        severityNumber: severityOf(line.level),
        severityText: line.level,
        body: line.text,
        context: contextOf(line),
        attributes: {
          'sluice.trigger': line.trigger,
          'sluice.component': line.component,
          'sluice.log.context': line.context,
        },
      });
      return false;
    },
    shutdown: () => provider.shutdown(),
  };
}

/** Required by the specification; the SDK leaves it to its caller. */
function batchSettings() {
  const scheduledDelayMillis = getNumberFromEnv('OTEL_BLRP_SCHEDULE_DELAY');
  const exportTimeoutMillis = getNumberFromEnv('OTEL_BLRP_EXPORT_TIMEOUT');
  const maxQueueSize = getNumberFromEnv('OTEL_BLRP_MAX_QUEUE_SIZE');
  const maxExportBatchSize = getNumberFromEnv('OTEL_BLRP_MAX_EXPORT_BATCH_SIZE');
  return {
    ...(scheduledDelayMillis !== undefined && { scheduledDelayMillis }),
    ...(exportTimeoutMillis !== undefined && { exportTimeoutMillis }),
    ...(maxQueueSize !== undefined && { maxQueueSize }),
    ...(maxExportBatchSize !== undefined && { maxExportBatchSize }),
  };
}

function contextOf({ traceId, spanId }: GuestLine) {
  if (traceId === undefined || spanId === undefined) return ROOT_CONTEXT;
  return trace.setSpanContext(ROOT_CONTEXT, { traceId, spanId, traceFlags: TraceFlags.NONE });
}

function severityOf(level: string): SeverityNumber {
  switch (level) {
    case 'trace':
      return SeverityNumber.TRACE;
    case 'debug':
      return SeverityNumber.DEBUG;
    case 'warn':
      return SeverityNumber.WARN;
    case 'error':
      return SeverityNumber.ERROR;
    case 'critical':
      return SeverityNumber.FATAL;
    default:
      return SeverityNumber.INFO;
  }
}
