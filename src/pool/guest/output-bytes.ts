import type { OutputMessage } from '../../outcome.ts';

/** What a message and a header take beside their content, in bytes: a million empty ones are not nothing. */
export const MESSAGE_BYTES = 48;
export const HEADER_BYTES = 16;

/** What an answer weighs against `limits.output_size`, in bytes; a character of text counts as one. */
export function outputBytes(messages: readonly OutputMessage[]): number {
  let bytes = messages.length * MESSAGE_BYTES;
  for (const { to, key, contentType, headers, data } of messages) {
    bytes += to.length + (key?.byteLength ?? 0) + (contentType?.length ?? 0) + data.byteLength;
    for (const [name, value] of headers) bytes += HEADER_BYTES + name.length + value.length;
  }
  return bytes;
}
