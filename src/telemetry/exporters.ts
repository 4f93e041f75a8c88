/** The exporters of one signal. */
export interface SignalExporters {
  readonly otlp: boolean;
  readonly console: boolean;
}

/** The settings of the standard variables: https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ */
export interface Exporters {
  readonly traces: SignalExporters;
  readonly metrics: SignalExporters;
  readonly logs: SignalExporters;
  /** Unrecognised settings, which are ignored as the specification requires. */
  readonly warnings: readonly string[];
}

export type Environment = Readonly<Record<string, string | undefined>>;

type Signal = 'TRACES' | 'METRICS' | 'LOGS';

/**
 * Known exporters of each signal. `prometheus` needs no exporter: `/metrics` is always there. Nor does `console` for guest lines: they are always in
 * the log.
 */
const KNOWN: Readonly<Record<Signal, readonly string[]>> = {
  TRACES: ['otlp', 'console', 'none'],
  METRICS: ['otlp', 'prometheus', 'none'],
  LOGS: ['otlp', 'console', 'none'],
};

/**
 * Reads `OTEL_SDK_DISABLED` and `OTEL_(TRACES|METRICS|LOGS)_EXPORTER`. Departs from the specification in one point: if no exporter is named, OTLP is
 * used only if an endpoint is set, since most processes have no collector beside them.
 */
export function exportersOf(env: Environment): Exporters {
  const warnings: string[] = [];
  const off = env['OTEL_SDK_DISABLED']?.trim().toLowerCase() === 'true';
  const of = (signal: Signal): SignalExporters => {
    if (off) return { otlp: false, console: false };
    const variable = `OTEL_${signal}_EXPORTER`;
    const names = (env[variable] ?? '')
      .split(',')
      .map((name) => name.trim())
      .filter((name) => name !== '');
    for (const name of names) {
      if (KNOWN[signal].includes(name)) continue;
      warnings.push(`${variable} must be one of ${KNOWN[signal].join(', ')}, got '${name}'; it is ignored`);
    }
    const endpoint = env[`OTEL_EXPORTER_OTLP_${signal}_ENDPOINT`] || env['OTEL_EXPORTER_OTLP_ENDPOINT'];
    return {
      otlp: names.length === 0 ? Boolean(endpoint) : names.includes('otlp'),
      console: names.includes('console'),
    };
  };
  return { traces: of('TRACES'), metrics: of('METRICS'), logs: of('LOGS'), warnings };
}

export type Protocol = 'http/protobuf' | 'http/json';

/** `OTEL_EXPORTER_OTLP_(SIGNAL_)PROTOCOL`; `undefined` when it names one that Sluice does not speak (gRPC). Default `http/protobuf`. */
export function protocolOf(env: Environment, signal: Signal): Protocol | undefined {
  const wanted = env[`OTEL_EXPORTER_OTLP_${signal}_PROTOCOL`] || env['OTEL_EXPORTER_OTLP_PROTOCOL'] || 'http/protobuf';
  return wanted === 'http/protobuf' || wanted === 'http/json' ? wanted : undefined;
}
