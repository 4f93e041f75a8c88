import type { HttpErrorCode } from '../wasi/http/http-error.ts';

/** Bytes of one piece of a body, either way. */
export const MOST_PIECE_BYTES = 64 * 1024;
/** Bytes of a request's body that may be written before it is sent. */
export const MOST_EARLY_BYTES = 1024 * 1024;
/** Fields of a request or response, and bytes of their names and values together. */
export const MOST_FIELDS = 1024;
export const MOST_FIELD_BYTES = 128 * 1024;

/** Names and values. Each character of a value is one byte (latin1). */
export type Field = readonly [name: string, value: string];

/** A request as the guest's half sends it. */
export interface SentRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** With its query; begins with a slash. */
  readonly path: string;
  readonly fields: readonly Field[];
  /** The start of the body. Absent: there is no body. */
  readonly body?: Uint8Array | undefined;
  /** Whether more of the body follows, by `write` and `finish`. */
  readonly more: boolean;
  /** In milliseconds. Absent: only the call's deadline applies. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly betweenBytesMs?: number | undefined;
}

/** `why` goes to the component's log; the guest gets only the error. */
export interface Failed {
  readonly kind: 'failed';
  readonly code: HttpErrorCode;
  readonly why?: string | undefined;
}

/**
 * The operations that the guest's half requests of the service; each call also carries the number of its exchange. Requests for one exchange arrive
 * in order.
 */
export interface Operations {
  /** Answers when the response begins. */
  send: {
    args: [request: SentRequest];
    answer: { readonly kind: 'response'; readonly status: number; readonly fields: readonly Field[] } | Failed;
  };
  /** Sends the next piece of the request's body; answers when the piece was passed on. `over`: no more is accepted. */
  write: { args: [piece: Uint8Array]; answer: { readonly kind: 'written' } | { readonly kind: 'over' } | Failed };
  /** Completes the request's body. */
  finish: { args: []; answer: void };
  /** The next piece of the response's body, of 1 to MOST_PIECE_BYTES bytes. */
  read: {
    args: [];
    answer:
      | { readonly kind: 'piece'; readonly bytes: Uint8Array }
      | { readonly kind: 'end'; readonly trailers: readonly Field[] }
      | Failed;
  };
  /** Closes the exchange, whatever its state. */
  close: { args: []; answer: void };
}
