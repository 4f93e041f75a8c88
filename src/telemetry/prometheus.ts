import { shortenedName } from '../bounded-event.ts';
import { Histogram, Gauge, type Attributes, type MetricFamily } from './metrics.ts';

/**
 * Metrics in Prometheus' text format, with the names that OpenTelemetry's mapping gives them: dots become underscores, the unit and
 * `_total` are appended. https://prometheus.io/docs/instrumenting/exposition_formats/
 */
export function prometheusText(families: readonly MetricFamily[]): string {
  const lines: string[] = [];
  for (const family of families) {
    if (family.points.length === 0) continue;
    const name = prometheusName(family);
    lines.push(`# HELP ${name} ${family.description}`, `# TYPE ${name} ${family.kind}`);
    for (const point of family.points) {
      if (point instanceof Histogram) lines.push(...histogramLines(name, point));
      else lines.push(line(name, point.attributes, point instanceof Gauge ? point.read() : point.value));
    }
  }
  return lines.map((text) => `${text}\n`).join('');
}

function prometheusName({ name, kind, unit }: MetricFamily): string {
  const base = sanitized(name) + (unit === 's' ? '_seconds' : '');
  return kind === 'counter' ? `${base}_total` : base;
}

function histogramLines(name: string, { attributes, bounds, counts, count, sum }: Histogram): string[] {
  let below = 0;
  const buckets = bounds.map((bound, place) => {
    below += counts[place]!;
    return line(`${name}_bucket`, { ...attributes, le: String(bound) }, below);
  });
  return [
    ...buckets,
    line(`${name}_bucket`, { ...attributes, le: '+Inf' }, count),
    line(`${name}_sum`, attributes, sum),
    line(`${name}_count`, attributes, count),
  ];
}

function line(name: string, attributes: Attributes, value: number): string {
  const labels = Object.entries(attributes).map(([key, text]) => `${sanitized(key)}="${escaped(text)}"`);
  return `${name}${labels.length === 0 ? '' : `{${labels.join(',')}}`} ${valueText(value)}`;
}

function sanitized(name: string): string {
  return name.replaceAll(/[^\w]/g, '_');
}

/** Longest label value, in UTF-16 code units. A longer one ends in its digest, so that two series stay distinct. */
const LONGEST_LABEL = 1024;
const ESCAPES: Readonly<Record<string, string>> = { '\\': '\\\\', '"': '\\"', '\n': '\\n' };

function escaped(value: string): string {
  return shortenedName(value.toWellFormed(), LONGEST_LABEL).replaceAll(/[\\"\n]/g, (character) => ESCAPES[character]!);
}

function valueText(value: number): string {
  if (value === Infinity) return '+Inf';
  return value === -Infinity ? '-Inf' : String(value);
}
