import { isUtf8 } from 'node:buffer';
import { type Header, headerOf } from '#trigger';
import type { KafkaHeader } from '../wire/kafka-record.ts';

/** Prefix of the text of a header whose value is not text: a data URL (RFC 2397). With nothing after it, the value is null. */
const BYTES = 'data:application/octet-stream;base64,';

/**
 * Headers as components see them. Kafka's values are bytes or null: UTF-8 counts as text, anything else becomes a data URL, and so does text
 * that begins like one of ours. `kafkaHeaders` gives back exactly what was read.
 */
export function textHeaders(headers: readonly KafkaHeader[]): Header[] {
  return headers.map(([name, value]): Header => [name, textOf(value)]);
}

/** The reverse. A text that begins like one of our data URLs but is not valid stays unchanged. */
export function kafkaHeaders(headers: readonly Header[]): KafkaHeader[] {
  return headers.map(([name, text]): KafkaHeader => [name, valueOf(text)]);
}

/** The first value of that name, if it is text. */
export function textHeaderOf(headers: readonly Header[], name: string): string | undefined {
  const value = headerOf(headers, name);
  return value === undefined ? undefined : textOfHeader(value);
}

/** The value of a header as text; `undefined` for null and for bytes that are not UTF-8. */
export function textOfHeader(value: string): string | undefined {
  const bytes = valueOf(value);
  return bytes !== null && isUtf8(bytes) ? Buffer.from(bytes).toString() : undefined;
}

/** A header with this text. */
export function headerValueOf(text: string): string {
  return textOf(Buffer.from(text));
}

function textOf(value: Uint8Array | null): string {
  if (value === null) return BYTES;
  const bytes = Buffer.from(value.buffer, value.byteOffset, value.byteLength);
  if (isUtf8(bytes)) {
    const text = bytes.toString();
    if (!text.startsWith(BYTES)) return text;
  }
  return BYTES + bytes.toString('base64');
}

function valueOf(text: string): Uint8Array | null {
  if (text === BYTES) return null;
  if (text.startsWith(BYTES)) {
    const base64 = text.slice(BYTES.length);
    const bytes = Buffer.from(base64, 'base64');
    if (bytes.toString('base64') === base64) return bytes;
  }
  return Buffer.from(text);
}
