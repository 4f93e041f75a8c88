import type { Header } from '../event.ts';
import type { Environment } from './exporters.ts';
import {
  carriesTraceContext,
  headersOf,
  isNamed,
  type Propagation,
  type TraceContext,
  traceContextOf,
} from './trace-context.ts';

/** The formats of W3C, which need no package. */
const OWN = ['tracecontext', 'baggage'];
/** Formats that OpenTelemetry's packages read and write. */
const FOREIGN = ['b3', 'b3multi', 'jaeger'];

/**
 * The formats of OTEL_PROPAGATORS (a list, default `tracecontext,baggage`; none if it contains `none`):
 * https://opentelemetry.io/docs/specs/otel/configuration/sdk-environment-variables/ An unknown format is reported to `warn` and ignored.
 */
export async function propagationOf(env: Environment, warn: (message: string) => void): Promise<Propagation> {
  const names = (env['OTEL_PROPAGATORS'] ?? '')
    .split(',')
    .map((name) => name.trim())
    .filter((name) => name !== '');
  const known = [...OWN, ...FOREIGN, 'none'];
  const unknown = new Set(names.filter((name) => !known.includes(name)));
  for (const name of unknown)
    warn(`OTEL_PROPAGATORS must name some of ${known.join(', ')}, got '${name}'; it is ignored`);
  const asked = [...new Set(names.filter((name) => !unknown.has(name)))];
  if (asked.includes('none')) return new W3cPropagation([]);
  if (asked.every((name) => OWN.includes(name))) return new W3cPropagation(asked.length === 0 ? OWN : asked);
  const { openPropagation } = await import('./otel/package-propagation.ts');
  return openPropagation(asked);
}

const NONE: readonly Header[] = [];
/** Bytes of baggage (ASCII) that W3C requires to be passed on; the rest is dropped. */
const MOST_BAGGAGE = 8192;

/** `traceparent`, `tracestate` and `baggage` of W3C. */
export class W3cPropagation implements Propagation {
  readonly #traceContext: boolean;
  readonly #baggage: boolean;

  constructor(formats: readonly string[] = OWN) {
    this.#traceContext = formats.includes('tracecontext');
    this.#baggage = formats.includes('baggage');
  }

  contextOf(headers: readonly Header[]): TraceContext | undefined {
    return this.#traceContext ? traceContextOf(headers) : undefined;
  }

  forComponent(context: TraceContext, brought: readonly Header[]): readonly Header[] {
    return !this.#traceContext || carriesTraceContext(brought) ? NONE : headersOf(context);
  }

  forMessage(
    context: TraceContext | undefined,
    brought: readonly Header[],
    given: readonly Header[],
  ): readonly Header[] {
    const trace = context === undefined ? NONE : this.forComponent(context, given);
    if (!this.#baggage || given.some(isBaggage)) return trace;
    const baggage = brought.filter(isBaggage);
    if (baggage.length === 0) return trace;
    const length = baggage.reduce((sum, [, value]) => sum + value.length + 1, 0);
    return length > MOST_BAGGAGE ? trace : [...trace, ...baggage.map(([, value]): Header => ['baggage', value])];
  }
}

function isBaggage([name]: Header): boolean {
  return isNamed(name, 'baggage');
}
