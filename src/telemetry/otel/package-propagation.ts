import {
  type Context,
  createTraceState,
  isSpanContextValid,
  ROOT_CONTEXT,
  type SpanContext,
  type TextMapGetter,
  type TextMapPropagator,
  trace,
  TraceFlags,
} from '@opentelemetry/api';
import { W3CBaggagePropagator, W3CTraceContextPropagator } from '@opentelemetry/core';
import { B3InjectEncoding, B3Propagator } from '@opentelemetry/propagator-b3';
import { JaegerPropagator } from '@opentelemetry/propagator-jaeger';
import type { Header } from '../../event.ts';
import type { Propagation, TraceContext } from '../trace-context.ts';

/** Headers by their names in lower case. */
type Carrier = ReadonlyMap<string, readonly string[]>;

const JAEGER_BAGGAGE = 'uberctx-';
/** Baggage entries that W3C requires to be passed on. Jaeger has a header for each; the package copies all of them for each one that it adds. */
const MOST_ENTRIES = 180;
/** A header that holds a list may come in parts. A trace context that comes twice counts as absent. */
const LISTS = new Set(['tracestate', 'baggage']);

const getter: TextMapGetter<Carrier> = {
  keys: (carrier) => [...carrier.keys()].filter((name) => name.startsWith(JAEGER_BAGGAGE)).slice(0, MOST_ENTRIES),
  get: (carrier, name) => {
    const values = carrier.get(name);
    return values !== undefined && (values.length === 1 || LISTS.has(name)) ? values.join(',') : undefined;
  },
};

const makers: Readonly<Record<string, () => TextMapPropagator>> = {
  tracecontext: () => new W3CTraceContextPropagator(),
  baggage: () => new W3CBaggagePropagator(),
  b3: () => new B3Propagator(),
  b3multi: () => new B3Propagator({ injectEncoding: B3InjectEncoding.MULTI_HEADER }),
  jaeger: () => new JaegerPropagator(),
};

/** Formats by OpenTelemetry's own packages. Throws a TypeError for one that they don't have. */
export function openPropagation(formats: readonly string[]): Propagation {
  const propagators = formats.map(propagatorOf);
  // Both propagators read both forms.
  const twins = formats.some((format) => format.startsWith('b3')) ? ['b3', 'b3multi'].map(propagatorOf) : [];
  const names = [...propagators, ...twins].flatMap((each) => each.fields()).filter((name) => name !== 'baggage');
  return new PackagePropagation(propagators, new Set(names));
}

function propagatorOf(format: string): TextMapPropagator {
  const make = makers[format];
  if (make === undefined) throw new TypeError(`no propagator '${format}'`);
  return make();
}

/** When reading several formats, the last valid one wins; all are written. */
class PackagePropagation implements Propagation {
  readonly #propagators: readonly TextMapPropagator[];
  /** Names of the headers that carry a trace, not baggage. */
  readonly #traceNames: ReadonlySet<string>;

  constructor(propagators: readonly TextMapPropagator[], traceNames: ReadonlySet<string>) {
    this.#propagators = propagators;
    this.#traceNames = traceNames;
  }

  contextOf(headers: readonly Header[]): TraceContext | undefined {
    const found = trace.getSpanContext(this.#extract(headers));
    if (found === undefined) return undefined;
    const tracestate = found.traceState?.serialize();
    return {
      traceId: found.traceId,
      spanId: found.spanId,
      sampled: (found.traceFlags & TraceFlags.SAMPLED) !== 0,
      ...(tracestate !== undefined && { tracestate }),
    };
  }

  forComponent(context: TraceContext, brought: readonly Header[]): readonly Header[] {
    if (this.#carriesTrace(brought)) return [];
    return this.#inject(context, ROOT_CONTEXT);
  }

  forMessage(
    context: TraceContext | undefined,
    brought: readonly Header[],
    given: readonly Header[],
  ): readonly Header[] {
    const names = new Set(given.map(([name]) => name.toLowerCase()));
    const carries = this.#carriesTrace(given);
    return this.#inject(context, this.#extract(brought)).filter(
      ([name]) => !names.has(name.toLowerCase()) && !(carries && this.#traceNames.has(name.toLowerCase())),
    );
  }

  #carriesTrace(headers: readonly Header[]): boolean {
    return headers
      .map(([name]) => name.toLowerCase())
      .some((name) => name !== 'tracestate' && this.#traceNames.has(name));
  }

  #inject(context: TraceContext | undefined, within: Context): readonly Header[] {
    const headers: Header[] = [];
    const setter = { set: (_: unknown, name: string, value: string) => void headers.push([name, value]) };
    const whole = context === undefined ? within : trace.setSpanContext(within, spanContextOf(context));
    for (const propagator of this.#propagators) propagator.inject(whole, undefined, setter);
    return headers;
  }

  #extract(headers: readonly Header[]): Context {
    const carrier = Map.groupBy(headers, ([name]) => name.toLowerCase());
    const values: Carrier = new Map([...carrier].map(([name, group]) => [name, group.map(([, value]) => value)]));
    let context = ROOT_CONTEXT;
    for (const propagator of this.#propagators) {
      const before = trace.getSpanContext(context);
      context = propagator.extract(context, values, getter);
      const after = trace.getSpanContext(context);
      if (after === before || after === undefined) continue;
      // Jaeger's propagator accepts any text as an id; B3's keeps upper case.
      const valid = isSpanContextValid(after) ? lowered(after) : before;
      context = valid === undefined ? trace.deleteSpan(context) : trace.setSpanContext(context, valid);
    }
    return context;
  }
}

function lowered(context: SpanContext): SpanContext {
  return { ...context, traceId: context.traceId.toLowerCase(), spanId: context.spanId.toLowerCase() };
}

function spanContextOf({ traceId, spanId, sampled, tracestate }: TraceContext): SpanContext {
  const traceFlags = sampled ? TraceFlags.SAMPLED : TraceFlags.NONE;
  const context = { traceId, spanId, traceFlags };
  return tracestate === undefined ? context : { ...context, traceState: createTraceState(tracestate) };
}
