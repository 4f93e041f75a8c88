import { type HrTime, ValueType } from '@opentelemetry/api';
import { getNumberFromEnv } from '@opentelemetry/core';
import {
  AggregationTemporality,
  type DataPoint,
  DataPointType,
  MeterProvider,
  type MetricData,
  type MetricProducer,
  PeriodicExportingMetricReader,
  type PushMetricExporter,
} from '@opentelemetry/sdk-metrics';
import { type Attributes, Counter, Gauge, Histogram, type MetricFamily, type Metrics } from '../metrics.ts';
import type { SpanOrigin } from './recorded-span.ts';

/**
 * Sends our metrics every OTEL_METRIC_EXPORT_INTERVAL (default 60,000 ms), each export given OTEL_METRIC_EXPORT_TIMEOUT (30,000 ms). Sums are always
 * cumulative, whatever OTEL_EXPORTER_OTLP_METRICS_TEMPORALITY_PREFERENCE says.
 */
export function exportedMetrics(origin: SpanOrigin, counted: Metrics, exporter: PushMetricExporter): MeterProvider {
  const exportIntervalMillis = getNumberFromEnv('OTEL_METRIC_EXPORT_INTERVAL') ?? 60_000;
  const exportTimeoutMillis = Math.min(getNumberFromEnv('OTEL_METRIC_EXPORT_TIMEOUT') ?? 30_000, exportIntervalMillis);
  const metricProducers = [producerOf(origin, counted)];
  const reader = new PeriodicExportingMetricReader({
    exporter,
    exportIntervalMillis,
    exportTimeoutMillis,
    metricProducers,
  });
  return new MeterProvider({ resource: origin.resource, readers: [reader] });
}

function producerOf({ resource, instrumentationScope }: SpanOrigin, counted: Metrics): MetricProducer {
  const startTime = hrTimeOf(counted.since);
  return {
    collect() {
      const span = { startTime, endTime: hrTimeOf(Date.now()) };
      const metrics = counted.families().map((family) => dataOf(family, span));
      return Promise.resolve({
        resourceMetrics: { resource, scopeMetrics: [{ scope: instrumentationScope, metrics }] },
        errors: [],
      });
    },
  };
}

interface Span {
  readonly startTime: HrTime;
  readonly endTime: HrTime;
}

function dataOf({ name, description, unit, kind, points }: MetricFamily, span: Span): MetricData {
  const base = {
    descriptor: { name, description, unit, valueType: ValueType.DOUBLE },
    aggregationTemporality: AggregationTemporality.CUMULATIVE,
  };
  switch (kind) {
    case 'histogram': {
      const histograms = points.filter((point) => point instanceof Histogram);
      const dataPoints = histograms.map((point) => histogramPoint(point, span));
      return { ...base, dataPointType: DataPointType.HISTOGRAM, dataPoints };
    }
    case 'gauge': {
      const gauges = points.filter((point) => point instanceof Gauge);
      const dataPoints = gauges.map(({ attributes, read }) => pointOf(attributes, read(), span));
      return { ...base, dataPointType: DataPointType.GAUGE, dataPoints };
    }
    case 'counter': {
      const counters = points.filter((point) => point instanceof Counter);
      const dataPoints = counters.map(({ attributes, value }) => pointOf(attributes, value, span));
      return { ...base, dataPointType: DataPointType.SUM, dataPoints, isMonotonic: true };
    }
  }
}

function histogramPoint({ attributes, bounds, counts, count, sum }: Histogram, span: Span) {
  return pointOf(attributes, { buckets: { boundaries: [...bounds], counts: [...counts] }, count, sum }, span);
}

function pointOf<Value>(attributes: Attributes, value: Value, span: Span): DataPoint<Value> {
  return { ...span, attributes: { ...attributes }, value };
}

function hrTimeOf(ms: number): HrTime {
  const seconds = Math.floor(ms / 1000);
  return [seconds, (ms - seconds * 1000) * 1_000_000];
}
