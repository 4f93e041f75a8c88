import type { Header } from '../../event.ts';

/** A message that a guest publishes, as it is sent to the main thread. */
export interface SentMessage {
  /** A subject, topic or channel, as the guest names it. */
  readonly topic: string;
  readonly contentType?: string | undefined;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/**
 * Why a message is not known to be published:
 *
 * - `denied`: the manifest does not grant it;
 * - `away`: the output can't be reached, or takes nothing, at the moment;
 * - `refused`: the output will not take this message, or the call has published as much as it may.
 */
export interface NotPublished {
  readonly kind: 'denied' | 'away' | 'refused';
  /** For the guest. It names no address. */
  readonly reason: string;
}

/** The operations that the guest's half requests of the service. */
export interface Operations {
  /** Answers when the output has confirmed the message. */
  publish: { args: [output: string, message: SentMessage]; answer: { readonly kind: 'published' } | NotPublished };
}

/** Limit of one message, in bytes of its data; brokers usually accept less. */
export const MOST_DATA_BYTES = 16 * 2 ** 20;
/** Headers of one message, and UTF-16 code units of their names and values together. */
export const MOST_HEADERS = 1024;
export const MOST_HEADER_TEXT = 128 * 1024;
/** Limit of a content type, in UTF-16 code units. */
export const LONGEST_CONTENT_TYPE = 1024;

/** The limit that a message exceeds. `undefined`: none. */
export function excessOf({ contentType = '', headers, data }: SentMessage): string | undefined {
  if (data.byteLength > MOST_DATA_BYTES)
    return `a message has at most ${MOST_DATA_BYTES} bytes, got ${data.byteLength}`;
  if (headers.length > MOST_HEADERS) return `a message has at most ${MOST_HEADERS} headers, got ${headers.length}`;
  let text = 0;
  for (const [name, value] of headers) text += name.length + value.length;
  if (text > MOST_HEADER_TEXT)
    return `the headers of a message have at most ${MOST_HEADER_TEXT} characters, got ${text}`;
  if (contentType.length > LONGEST_CONTENT_TYPE) return `a content type has at most ${LONGEST_CONTENT_TYPE} characters`;
  return undefined;
}
