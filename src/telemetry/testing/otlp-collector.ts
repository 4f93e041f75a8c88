import { createServer, type IncomingMessage, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gunzipSync } from 'node:zlib';
import { decode, traceRequest } from './otlp-messages.ts';

interface KeyValue {
  readonly key: string;
  readonly value: Readonly<Record<string, unknown>>;
}

interface WithAttributes {
  readonly attributes?: readonly KeyValue[];
}

interface RawSpan extends WithAttributes {
  readonly name: string;
  readonly kind: number;
  readonly traceId: string;
  readonly spanId: string;
  readonly parentSpanId?: string;
  readonly traceState?: string;
  readonly startTimeUnixNano: string;
  readonly endTimeUnixNano: string;
  readonly links?: readonly { readonly traceId: string; readonly spanId: string }[];
  readonly status: { readonly code?: number; readonly message?: string };
}

interface RawLog extends WithAttributes {
  readonly body: Readonly<Record<string, unknown>>;
  readonly severityText: string;
  readonly severityNumber: number;
  readonly traceId?: string;
  readonly spanId?: string;
}

interface Point extends WithAttributes {
  readonly asDouble?: number;
  readonly asInt?: number;
  readonly count?: number;
  readonly sum?: number;
  readonly bucketCounts?: readonly number[];
}

interface RawMetric {
  readonly name: string;
  readonly unit: string;
  readonly sum?: { readonly dataPoints: readonly Point[]; readonly isMonotonic: boolean };
  readonly gauge?: { readonly dataPoints: readonly Point[] };
  readonly histogram?: { readonly dataPoints: readonly Point[] };
}

interface Body {
  readonly resourceSpans?: readonly {
    readonly resource: WithAttributes;
    readonly scopeSpans: readonly { readonly spans: readonly RawSpan[] }[];
  }[];
  readonly resourceLogs?: readonly { readonly scopeLogs: readonly { readonly logRecords: readonly RawLog[] }[] }[];
  readonly resourceMetrics?: readonly {
    readonly scopeMetrics: readonly { readonly metrics: readonly RawMetric[] }[];
  }[];
}

type Plain<Raw> = Omit<Raw, 'attributes'> & { readonly attributes: Readonly<Record<string, unknown>> };
export type SentSpan = Plain<RawSpan> &
  Required<Pick<RawSpan, 'links'>> & { readonly resource: Readonly<Record<string, unknown>> };
export type SentLog = Plain<RawLog>;

export interface SentRequest {
  readonly path: string;
  readonly headers: IncomingMessage['headers'];
  readonly body: Body;
}

/** An OTLP/HTTP collector in this process: takes JSON and (for traces) protobuf, and keeps what comes. */
export class OtlpCollector implements AsyncDisposable {
  readonly requests: SentRequest[] = [];
  readonly #server: Server;

  private constructor(server: Server) {
    this.#server = server;
  }

  static async open(): Promise<OtlpCollector> {
    const server = createServer((request, response) => {
      const chunks: Buffer[] = [];
      request.on('data', (chunk: Buffer) => chunks.push(chunk));
      request.on('end', () => {
        collector.#take(request, Buffer.concat(chunks));
        response.end();
      });
    });
    const collector = new OtlpCollector(server);
    await new Promise<void>((resolve) => void server.listen(0, '127.0.0.1', resolve));
    return collector;
  }

  get url(): string {
    // A server that listens on a port has an address object.
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  get spans(): readonly SentSpan[] {
    const groups = this.requests.flatMap(({ body }) => body.resourceSpans ?? []);
    return groups.flatMap(({ resource, scopeSpans }) =>
      scopeSpans.flatMap(({ spans }) =>
        spans.map((span) => ({ ...span, links: span.links ?? [], attributes: plain(span), resource: plain(resource) })),
      ),
    );
  }

  get logs(): readonly SentLog[] {
    const groups = this.requests.flatMap(({ body }) => body.resourceLogs ?? []);
    return groups.flatMap(({ scopeLogs }) =>
      scopeLogs.flatMap(({ logRecords }) => logRecords.map((record) => ({ ...record, attributes: plain(record) }))),
    );
  }

  /** By name, of the last request that had any. */
  get metrics(): ReadonlyMap<string, RawMetric> {
    const last = this.requests.findLast(({ body }) => body.resourceMetrics !== undefined)?.body.resourceMetrics;
    const metrics = last?.flatMap(({ scopeMetrics }) => scopeMetrics.flatMap((scope) => scope.metrics)) ?? [];
    return new Map(metrics.map((metric) => [metric.name, metric]));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #take({ url = '', headers }: IncomingMessage, sent: Buffer): void {
    const bytes = headers['content-encoding'] === 'gzip' ? gunzipSync(sent) : sent;
    const json = headers['content-type'] === 'application/json';
    const body: Body = json ? JSON.parse(bytes.toString('utf8')) : decode(bytes, traceRequest);
    this.requests.push({ path: url, headers, body });
  }
}

/** Attributes of a point, a span or a resource as one object; a value is the only entry of its wrapper. */
export function plain({ attributes = [] }: WithAttributes): Record<string, unknown> {
  return Object.fromEntries(attributes.map(({ key, value }) => [key, Object.values(value)[0]]));
}
