import type { HttpErrorCode } from '../wasi/http/http-error.ts';

/** Bytes of one piece of a body, either way. */
export const MOST_PIECE_BYTES = 64 * 1024;
/** Bytes of a request's body that may be there before it is sent. */
export const MOST_EARLY_BYTES = 1024 * 1024;
/** Fields of a request or response, and bytes of their names and values together. */
export const MOST_FIELDS = 1024;
export const MOST_FIELD_BYTES = 128 * 1024;

/** Names, and values of which each character is a byte (latin1). */
export type Field = readonly [name: string, value: string];

/** A request as the guest's half sends it. */
export interface SentRequest {
  readonly method: string;
  readonly scheme: 'http' | 'https';
  readonly authority: string;
  /** With its query; begins with a slash. */
  readonly path: string;
  readonly fields: readonly Field[];
  /** Of the body, what is known; absent: there is none. */
  readonly body?: Uint8Array | undefined;
  /** Whether more of the body follows, by `write` and `finish`. */
  readonly more: boolean;
  /** Milliseconds; absent: only the call's deadline counts. */
  readonly connectMs?: number | undefined;
  readonly firstByteMs?: number | undefined;
  readonly betweenBytesMs?: number | undefined;
}

/** `why`: for the log of the component, beside what the guest is told. */
export interface Failed {
  readonly kind: 'failed';
  readonly code: HttpErrorCode;
  readonly why?: string | undefined;
}

/** What the guest's half asks of the service, after the number that it gave the exchange. Its questions about one exchange come in order. */
export interface Operations {
  /** Answers when the response begins. */
  send: {
    args: [request: SentRequest];
    answer: { readonly kind: 'response'; readonly status: number; readonly fields: readonly Field[] } | Failed;
  };
  /** The next piece of the request's body; answers when it was passed on. `over`: nobody takes more. */
  write: { args: [piece: Uint8Array]; answer: { readonly kind: 'written' } | { readonly kind: 'over' } | Failed };
  /** The request's body is whole. */
  finish: { args: []; answer: void };
  /** The next piece of the response's body, of 1 to MOST_PIECE_BYTES bytes. */
  read: {
    args: [];
    answer:
      | { readonly kind: 'piece'; readonly bytes: Uint8Array }
      | { readonly kind: 'end'; readonly trailers: readonly Field[] }
      | Failed;
  };
  /** It is not needed any more, in whatever state it is. */
  close: { args: []; answer: void };
}
