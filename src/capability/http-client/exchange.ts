import type { Dispatcher } from 'undici';
import type { RequestSpan } from '../../telemetry/telemetry.ts';
import type { HttpErrorCode } from '../wasi/http/http-error.ts';
import { failureOf } from './failure.ts';
import {
  type Failed,
  type Field,
  MOST_FIELDS,
  MOST_PIECE_BYTES,
  type Operations,
  type SentRequest,
} from './operations.ts';
import type { Upload } from './upload.ts';

/** How much of a response's body may wait for its guest. Beyond it, the server has to wait; up to 64 KiB that have already arrived come on top. */
const MOST_WAITING_BYTES = 16 * 1024;

/** Limit of informational responses (1xx): a server must not keep main busy with them. */
const MOST_INFORMATIONAL = 16;

type Head = Operations['send']['answer'];
type Read = Operations['read']['answer'];

export interface ExchangeOptions {
  readonly span: RequestSpan;
  /** Absent: the request has no body, or its body came whole. */
  readonly upload: Upload | undefined;
  readonly timeouts: Pick<SentRequest, 'connectMs' | 'firstByteMs' | 'betweenBytesMs'>;
  /** Called when both the connection and the guest are done with the exchange. */
  readonly over: () => void;
}

/**
 * One request and its response, on the main thread:
 *
 *     waiting for a connection -> sending -> answered -> [pieces]* -> ended
 *
 * It may fail, or its guest may close it, at any moment. Then the request and its connection are aborted.
 */
export class Exchange implements Dispatcher.DispatchHandler {
  readonly #options: ExchangeOptions;
  readonly #head = Promise.withResolvers<Head>();
  #controller: Dispatcher.DispatchController | undefined;
  #pieces: Uint8Array[] = [];
  #waitingBytes = 0;
  #reading: ((answer: Read) => void) | undefined;
  #end: Exclude<Read, { kind: 'piece' }> | undefined;
  #status: number | undefined;
  #informational = 0;
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;
  #isDone = false;

  constructor(options: ExchangeOptions) {
    this.#options = options;
    this.#startTimer(options.timeouts.connectMs, { tag: 'connection-timeout' });
  }

  get head(): Promise<Head> {
    return this.#head.promise;
  }

  write(bytes: Uint8Array): Promise<Operations['write']['answer']> {
    const { upload } = this.#options;
    if (this.#end?.kind === 'failed') return Promise.resolve(this.#end);
    return upload === undefined ? Promise.resolve({ kind: 'over' }) : upload.write(bytes);
  }

  finish(): void {
    this.#options.upload?.finish();
  }

  /** Throws if the previous question for a piece is still unanswered. */
  read(): Promise<Read> {
    if (this.#reading !== undefined) throw new TypeError('a piece of the body was requested already');
    const bytes = this.#take();
    if (bytes !== undefined) return Promise.resolve({ kind: 'piece', bytes });
    if (this.#end !== undefined) return Promise.resolve(this.#end);
    return new Promise((resolve) => {
      this.#reading = resolve;
      this.#startTimer(this.#options.timeouts.betweenBytesMs, { tag: 'connection-read-timeout' });
    });
  }

  /** Idempotent. */
  close(): void {
    if (this.#isClosed) return;
    this.#isClosed = true;
    this.#pieces = [];
    this.#fail({ kind: 'failed', code: { tag: 'connection-terminated' } }, 'cancelled');
    this.#endIfOver();
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#stopTimer();
    this.#controller = controller;
    if (this.#end !== undefined) controller.abort(new Error('the request was given up'));
  }

  onRequestSent(): void {
    if (this.#status === undefined && this.#end === undefined)
      this.#startTimer(this.#options.timeouts.firstByteMs, { tag: 'HTTP-response-timeout' });
  }

  /** Informational responses are left out. */
  onResponseStart(controller: Dispatcher.DispatchController, status: number): void {
    if (this.#end !== undefined) return;
    if (status < 200) {
      this.#informational += 1;
      if (this.#informational > MOST_INFORMATIONAL)
        this.#fail({ kind: 'failed', code: { tag: 'HTTP-protocol-error' } });
      return;
    }
    this.#stopTimer();
    this.#status = status;
    const fields = fieldsOf(controller.rawHeaders);
    if (fields.length > MOST_FIELDS) {
      this.#fail({ kind: 'failed', code: { tag: 'HTTP-response-header-section-size', val: undefined } });
    } else this.#head.resolve({ kind: 'response', status, fields });
  }

  onResponseData(controller: Dispatcher.DispatchController, chunk: Uint8Array): void {
    if (this.#end !== undefined || chunk.length === 0) return;
    // Passing a view on would clone its whole buffer.
    this.#pieces.push(new Uint8Array(chunk));
    this.#waitingBytes += chunk.length;
    if (this.#reading !== undefined) this.#answer({ kind: 'piece', bytes: this.#take()! });
    if (this.#waitingBytes >= MOST_WAITING_BYTES) controller.pause();
  }

  onResponseEnd(controller: Dispatcher.DispatchController): void {
    this.#isDone = true;
    if (this.#end === undefined) {
      this.#end = { kind: 'end', trailers: fieldsOf(controller.rawTrailers) };
      this.#options.span.end(this.#status);
      this.#options.upload?.end();
      if (this.#reading !== undefined) this.#answer(this.#end);
    }
    this.#endIfOver();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.#isDone = true;
    const failed = failureOf(error);
    const isCut = this.#status !== undefined && failed.code.tag === 'connection-terminated';
    this.#fail(isCut ? { ...failed, code: { tag: 'HTTP-response-incomplete' } } : failed);
    this.#endIfOver();
  }

  #take(): Uint8Array | undefined {
    const first = this.#pieces.shift();
    if (first === undefined) return undefined;
    const rest = first.subarray(MOST_PIECE_BYTES);
    if (rest.length > 0) this.#pieces.unshift(rest);
    const bytes = rest.length > 0 ? first.slice(0, MOST_PIECE_BYTES) : first;
    this.#waitingBytes -= bytes.length;
    if (this.#waitingBytes < MOST_WAITING_BYTES && this.#controller?.paused === true) this.#controller.resume();
    return bytes;
  }

  #answer(answer: Read): void {
    this.#stopTimer();
    const reading = this.#reading;
    this.#reading = undefined;
    reading?.(answer);
  }

  /** Only the first end counts. */
  #fail(failed: Failed, error: string = failed.code.tag): void {
    if (this.#end !== undefined) return;
    this.#end = failed;
    this.#stopTimer();
    this.#options.span.end(this.#status, error);
    this.#head.resolve(failed);
    this.#options.upload?.end();
    if (this.#reading !== undefined) this.#answer(failed);
    this.#controller?.abort(new Error('the request was given up'));
  }

  #endIfOver(): void {
    if (this.#isClosed && this.#isDone) this.#options.over();
  }

  #startTimer(ms: number | undefined, code: HttpErrorCode): void {
    this.#stopTimer();
    if (ms !== undefined) this.#timer = setTimeout(() => this.#fail({ kind: 'failed', code }), ms);
  }

  #stopTimer(): void {
    clearTimeout(this.#timer);
    this.#timer = undefined;
  }
}

/** Names and values alternate, as bytes. */
function fieldsOf(raw: Dispatcher.DispatchController['rawHeaders']): readonly Field[] {
  if (!Array.isArray(raw)) return [];
  const texts = raw.map((part) => (typeof part === 'string' ? part : part.toString('latin1')));
  return texts.flatMap((name, n): Field[] => (n % 2 === 0 ? [[name, texts[n + 1] ?? '']] : []));
}
