import { SpanKind, SpanStatusCode } from '@opentelemetry/api';
import { type ExportResult, ExportResultCode, hrTimeToMilliseconds } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { printable } from '../../printable.ts';
import type { GuestLine } from '../guest-line.ts';
import type { Screen } from '../telemetry.ts';

/** The most lines shown of one delivery; the rest is only counted. */
const LINES_SHOWN = 100;
/** The most deliveries whose children or lines are kept until they end. More are open only if a parent was never sampled or never ended. */
const KEPT = 10_000;

type Colour = 'red' | 'green' | 'yellow' | 'dim';
const CODES: Readonly<Record<Colour, number>> = { red: 31, green: 32, yellow: 33, dim: 2 };

/**
 * Prints each delivery as one block, for the eye:
 *
 *     process jobs  completed  1.24 ms  enrich  attempt 1  trace 4bf92f3577b34da6a3ce929d0e0e4736
 *       | info stdout: counted 3 orders
 *       |- send orders-out  0.31 ms
 *       `- settle jobs  accept  0.12 ms
 *
 * (with box-drawing lines). A trace that goes through several deliveries has as many blocks, of one trace id. Payloads are not shown.
 */
export class TraceTree implements SpanExporter {
  readonly #screen: Screen;
  readonly #coloured: boolean;
  readonly #children = new Map<string, ReadableSpan[]>();
  readonly #lines = new Map<string, { readonly shown: GuestLine[]; more: number }>();

  constructor(screen: Screen) {
    this.#screen = screen;
    this.#coloured = screen.isTTY === true && !process.env['NO_COLOR'] && !process.env['CI'];
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    for (const span of spans) {
      const parentId = span.parentSpanContext?.spanId;
      if (span.kind === SpanKind.CONSUMER || parentId === undefined) this.#print(span);
      else kept(this.#children, parentId, () => []).push(span);
    }
    done({ code: ExportResultCode.SUCCESS });
  }

  /** Keeps a guest's line until its delivery is printed. */
  line(line: GuestLine): boolean {
    if (line.spanId === undefined) return false;
    const lines = kept(this.#lines, line.spanId, () => ({ shown: [], more: 0 }));
    if (lines.shown.length < LINES_SHOWN) lines.shown.push(line);
    else lines.more += 1;
    return true;
  }

  shutdown(): Promise<void> {
    return Promise.resolve();
  }

  #print(span: ReadableSpan): void {
    const { spanId } = span.spanContext();
    const children = this.#children.get(spanId) ?? [];
    const lines = this.#lines.get(spanId);
    this.#children.delete(spanId);
    this.#lines.delete(spanId);
    const text = [this.#head(span)];
    if (span.status.code === SpanStatusCode.ERROR)
      text.push(this.#paint('red', `  │ ${printable(span.status.message ?? '')}`));
    for (const line of lines?.shown ?? []) text.push(this.#line(line));
    if (lines !== undefined && lines.more > 0) text.push(this.#paint('dim', `  │ and ${lines.more} more lines`));
    for (const [place, child] of children.entries()) text.push(this.#child(child, place === children.length - 1));
    this.#screen.write(`${text.join('\n')}\n`);
  }

  #head(span: ReadableSpan): string {
    const { attributes } = span;
    const outcome = String(attributes['sluice.outcome'] ?? 'unfinished');
    const parts = [
      printable(span.name),
      this.#paint(outcome === 'completed' ? 'green' : 'red', outcome),
      milliseconds(span),
      String(attributes['sluice.component'] ?? ''),
      `attempt ${String(attributes['sluice.attempt'] ?? '?')}`,
      ...(attributes['faas.coldstart'] === true ? ['cold'] : []),
      this.#paint('dim', `trace ${span.spanContext().traceId}`),
    ];
    return parts.join('  ');
  }

  #line({ level, context, text }: GuestLine): string {
    const label = context === '' ? level : `${level} ${context}`;
    const colour = level === 'error' || level === 'critical' ? 'red' : level === 'warn' ? 'yellow' : 'dim';
    return `  │ ${this.#paint(colour, `${printable(label)}:`)} ${printable(text)}`;
  }

  #child(span: ReadableSpan, last: boolean): string {
    const { attributes, status } = span;
    const count = attributes['messaging.batch.message_count'];
    const parts = [
      `  ${last ? '└' : '├'}─ ${printable(span.name)}`,
      ...(count === undefined ? [] : [`${String(count)} messages`]),
      ...(attributes['sluice.settlement'] === undefined ? [] : [String(attributes['sluice.settlement'])]),
      milliseconds(span),
      ...(status.code === SpanStatusCode.ERROR
        ? [this.#paint('red', `failed: ${printable(status.message ?? '')}`)]
        : []),
    ];
    return parts.join('  ');
  }

  #paint(colour: Colour, text: string): string {
    return this.#coloured ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text;
  }
}

function milliseconds(span: ReadableSpan): string {
  return `${hrTimeToMilliseconds(span.duration).toFixed(2)} ms`;
}

/** The entry of a key, created if missing; if there are too many, the oldest is removed. */
function kept<Value>(map: Map<string, Value>, key: string, make: () => Value): Value {
  const known = map.get(key);
  if (known !== undefined) return known;
  if (map.size >= KEPT) {
    const [oldest] = map.keys();
    if (oldest !== undefined) map.delete(oldest);
  }
  const made = make();
  map.set(key, made);
  return made;
}
