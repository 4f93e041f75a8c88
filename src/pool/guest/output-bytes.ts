import type { OutputMessage } from '../../outcome.ts';

/**
 * What a message and a header weigh beside their content, in bytes. Main takes some 20 us for each message that it publishes, however small it
 * is: with this, one answer of the default size holds it up for a third of a second at most, where it was three.
 */
export const MESSAGE_BYTES = 512;
export const HEADER_BYTES = 64;

/** What an answer weighs against `limits.output_size`, in bytes; a character of text counts as one. */
export function outputBytes(messages: readonly OutputMessage[]): number {
  let bytes = messages.length * MESSAGE_BYTES;
  for (const { to, key, contentType, headers, data } of messages) {
    bytes += to.length + (key?.byteLength ?? 0) + (contentType?.length ?? 0) + data.byteLength;
    for (const [name, value] of headers) bytes += HEADER_BYTES + name.length + value.length;
  }
  return bytes;
}
