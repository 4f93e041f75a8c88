import type { Header } from '../event.ts';

/** A valid `traceparent` with its `tracestate`: https://www.w3.org/TR/trace-context/ */
export interface TraceContext {
  /** 32 lower-case hex digits, not all zero. */
  readonly traceId: string;
  /** 16 lower-case hex digits, not all zero. */
  readonly spanId: string;
  readonly sampled: boolean;
  /** As received; several headers are joined in order. Not validated. Absent: there is none. */
  readonly tracestate?: string;
}

/** Reads and writes trace context and baggage in headers. Existing headers, valid or not, are never changed. */
export interface Propagation {
  /** The trace context in headers; `undefined` if there is no valid one. */
  contextOf(headers: readonly Header[]): TraceContext | undefined;
  /** To add to the headers of an event for its component: `context`, unless they carry one. */
  forComponent(context: TraceContext, brought: readonly Header[]): readonly Header[];
  /** To add to the `given` headers of a message: `context` and the baggage of the event that `brought` it, unless they carry their own. */
  forMessage(
    context: TraceContext | undefined,
    brought: readonly Header[],
    given: readonly Header[],
  ): readonly Header[];
}

const TRACEPARENT = /^(?!ff)([\da-f]{2})-(?!0{32})([\da-f]{32})-(?!0{16})([\da-f]{16})-([\da-f]{2})(-.*)?$/;

/**
 * The trace context that headers carry, their names compared without case. `undefined` when there is none, more than one, or an
 * invalid one: section 3.2 asks to start a new trace then. Versions above 00 are read by the rules of version 00 (section 3.2.4).
 */
export function traceContextOf(headers: readonly Header[]): TraceContext | undefined {
  let traceparent: string | undefined;
  let tracestate: string | undefined;
  for (const [name, value] of headers) {
    if (isNamed(name, 'traceparent')) {
      if (traceparent !== undefined) return undefined;
      traceparent = value;
    } else if (isNamed(name, 'tracestate')) tracestate = tracestate === undefined ? value : `${tracestate},${value}`;
  }
  if (traceparent === undefined) return undefined;
  const [, version, traceId, spanId, flags, rest] = TRACEPARENT.exec(traceparent.trim()) ?? [];
  if (traceId === undefined || spanId === undefined || flags === undefined) return undefined;
  if (version === '00' && rest !== undefined) return undefined;
  const sampled = (Number.parseInt(flags, 16) & 1) === 1;
  return { traceId, spanId, sampled, ...(tracestate !== undefined && { tracestate }) };
}

/** The headers that hand a context on, in version 00. */
export function headersOf({ traceId, spanId, sampled, tracestate }: TraceContext): readonly Header[] {
  const traceparent: Header = ['traceparent', `00-${traceId}-${spanId}-${sampled ? '01' : '00'}`];
  return tracestate === undefined || tracestate === '' ? [traceparent] : [traceparent, ['tracestate', tracestate]];
}

/** Whether the message already carries a trace context, valid or not: Sluice then writes none. */
export function carriesTraceContext(headers: readonly Header[]): boolean {
  return headers.some(([name]) => isNamed(name, 'traceparent'));
}

/** Whether a header has this name, which is in lower case. */
export function isNamed(name: string, wanted: string): boolean {
  return name === wanted || (name.length === wanted.length && name.toLowerCase() === wanted);
}
