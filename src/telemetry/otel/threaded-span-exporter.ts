import { type ExportResult, ExportResultCode } from '@opentelemetry/core';
import type { ReadableSpan, SpanExporter } from '@opentelemetry/sdk-trace-base';
import { extname } from 'node:path';
import { Worker } from 'node:worker_threads';
import type { RecordedSpan, SpanOrigin } from './recorded-span.ts';
import { SpanEncoding } from './span-encoding.ts';

export interface ToExportThread {
  readonly id: number;
  /** An ExportTraceServiceRequest; its buffer is transferred. */
  readonly request: Uint8Array<ArrayBuffer>;
}

export type ToMain =
  | { readonly kind: 'exported'; readonly id: number; readonly failure: string | undefined }
  | { readonly kind: 'trouble'; readonly trouble: string };

const THREAD = new URL(`./export-thread${extname(import.meta.url)}`, import.meta.url);

/**
 * Exports our spans as OTLP/protobuf from a separate thread: HTTP would be a third of the cost of tracing on main, which has brokers to serve. Takes
 * only RecordedSpans.
 */
export class ThreadedSpanExporter implements SpanExporter {
  readonly #encoding: SpanEncoding;
  readonly #thread: Worker;
  readonly #waiting = new Map<number, (result: ExportResult) => void>();
  #exports = 0;
  #ended: Error | undefined;

  constructor(origin: SpanOrigin, warn: (trouble: string) => void) {
    this.#encoding = new SpanEncoding(origin);
    this.#thread = new Worker(THREAD);
    this.#thread.on('message', (message: ToMain) => {
      if (message.kind === 'trouble') warn(message.trouble);
      else this.#finish(message.id, message.failure === undefined ? undefined : new Error(message.failure));
    });
    this.#thread.on('error', (error: Error) => this.#end(error));
    this.#thread.on('exit', () => this.#end(new Error('the thread that exports spans has ended')));
    this.#thread.unref();
  }

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    if (this.#ended !== undefined) return done({ code: ExportResultCode.FAILED, error: this.#ended });
    const request = this.#encoding.encode(spans as RecordedSpan[]); // our recorder makes no others
    const id = (this.#exports += 1);
    this.#waiting.set(id, done);
    this.#thread.postMessage({ id, request } satisfies ToExportThread, [request.buffer]);
  }

  /** The batch processor exports its remaining spans before it calls this. */
  async shutdown(): Promise<void> {
    await this.#thread.terminate();
  }

  #finish(id: number, error: Error | undefined): void {
    const done = this.#waiting.get(id);
    this.#waiting.delete(id);
    done?.(error === undefined ? { code: ExportResultCode.SUCCESS } : { code: ExportResultCode.FAILED, error });
  }

  #end(error: Error): void {
    this.#ended ??= error;
    for (const id of this.#waiting.keys()) this.#finish(id, error);
  }
}
