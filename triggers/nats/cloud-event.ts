import { type Header, headerOf } from '#trigger';

/** What a CloudEvent says of itself, over what NATS says of the message. */
export interface CloudEvent {
  readonly id: string;
  readonly source: string;
  readonly subject?: string;
  /** Nanoseconds since 1970. */
  readonly time?: bigint;
  readonly contentType?: string;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/**
 * Reads a message as a CloudEvent, by the rules of the NATS binding: `Content-Type: application/cloudevents+json` is the structured mode,
 * `ce-` headers are the binary mode. Its headers stay as they were sent; in structured mode the attributes join them as `ce-` headers, so
 * that a component sees either mode alike. `undefined` for any other message, and for one that claims to be a CloudEvent and is not: such a
 * message is an event all the same, just as it was sent.
 */
export function cloudEvent(headers: readonly Header[], data: Uint8Array): CloudEvent | undefined {
  const contentType = headerOf(headers, 'content-type');
  if (contentType?.toLowerCase().startsWith('application/cloudevents+json') === true) return structured(headers, data);
  return headerOf(headers, 'ce-specversion') === undefined ? undefined : binary(headers, data, contentType);
}

function binary(headers: readonly Header[], data: Uint8Array, outer: string | undefined): CloudEvent | undefined {
  const attributes = new Map<string, string>();
  for (const [name, value] of headers) {
    if (/^ce-/i.test(name)) attributes.set(name.slice(3).toLowerCase(), percentDecoded(value));
  }
  return assemble(attributes, headers, data, outer);
}

function structured(headers: readonly Header[], data: Uint8Array): CloudEvent | undefined {
  const envelope = jsonObject(data);
  if (envelope === undefined) return undefined;
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(envelope)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (typeof value === 'string') attributes.set(name, value);
    else if (typeof value === 'number' || typeof value === 'boolean') attributes.set(name, String(value));
  }
  const added = [...attributes].map(([name, value]): Header => [`ce-${name}`, percentEncoded(value)]);
  return assemble(attributes, [...headers, ...added], payloadOf(envelope), undefined);
}

function assemble(
  attributes: ReadonlyMap<string, string>,
  headers: readonly Header[],
  data: Uint8Array,
  outerContentType: string | undefined,
): CloudEvent | undefined {
  const id = attributes.get('id');
  const source = attributes.get('source');
  if (attributes.get('specversion')?.startsWith('1.') !== true || !id || !source) return undefined;
  const subject = attributes.get('subject');
  const time = nanoseconds(attributes.get('time'));
  const contentType = attributes.get('datacontenttype') ?? outerContentType;
  return {
    id,
    source,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    ...(contentType === undefined ? {} : { contentType }),
    headers,
    data,
  };
}

/** CloudEvents JSON format, 3.1: `data_base64` is bytes; `data` that is a string is that text, unless the content is JSON. */
function payloadOf(envelope: Readonly<Record<string, unknown>>): Uint8Array {
  const { data, data_base64: base64, datacontenttype: contentType = 'application/json' } = envelope;
  if (typeof base64 === 'string') return Uint8Array.from(Buffer.from(base64, 'base64'));
  if (data === undefined) return new Uint8Array();
  const isJson = /[/+]json\b/i.test(String(contentType));
  return new TextEncoder().encode(typeof data === 'string' && !isJson ? data : JSON.stringify(data));
}

function jsonObject(data: Uint8Array): Readonly<Record<string, unknown>> | undefined {
  try {
    const value: unknown = JSON.parse(new TextDecoder('utf-8', { fatal: true }).decode(data));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

/** RFC 3339 with up to nine decimals. `undefined` for anything else, and before 1970. */
function nanoseconds(text: string | undefined): bigint | undefined {
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i.exec(text ?? '') ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return ms >= 0 ? BigInt(ms) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')) : undefined;
}

/** Values of `ce-` headers are percent-encoded as in the HTTP binding, 3.1.3.2; a stray % stands for itself. */
function percentDecoded(value: string): string {
  try {
    return decodeURIComponent(value);
  } catch {
    return value;
  }
}

function percentEncoded(value: string): string {
  return value.toWellFormed().replaceAll(/[^\x21\x23\x24\x26-\x7e]+/gu, encodeURIComponent);
}
