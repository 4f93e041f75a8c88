import { type Header, headerOf } from '../event.ts';
import { jsonMembers, stringOf, textOf } from './json-members.ts';

/** A CloudEvent's own attributes. They take precedence over the broker's data about the message. */
export interface CloudAttributes {
  readonly id: string;
  readonly source: string;
  readonly subject?: string;
  /** Nanoseconds since 1970. */
  readonly time?: bigint;
  readonly contentType?: string;
}

/** A CloudEvent, with the headers and data of its binary mode. */
export interface CloudEvent extends CloudAttributes {
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** The protocol binding of CloudEvents for a broker's messages. */
export interface CloudBinding {
  /** Prefix of headers that are attributes: `ce-`, `ce_`. */
  readonly prefix: string;
  /** The header of the content type, in the case in which it is written. */
  readonly contentType: string;
  /** Whether `datacontenttype` is an attribute like others and overrides the content type's header. Otherwise only that header counts. */
  readonly typeIsAttribute: boolean;
  /** The text of an attribute, from its header's value; `undefined` if the value is not text. */
  readonly read: (value: string) => string | undefined;
  /** The opposite. */
  readonly write: (text: string) => string;
}

/**
 * Reads a message as a CloudEvent. In binary mode, attributes are in headers, and headers and data stay unchanged. A content type of
 * `application/cloudevents+json` means structured mode. It is converted to binary mode, so that a component sees both alike, and a message that is
 * passed on or replayed is still the same event: attributes as headers, the content type of the data, and the data byte for byte from the envelope.
 * `undefined` for any other message, also for one that claims to be a CloudEvent and is not: such a message is used unchanged.
 */
export function cloudEvent(
  headers: readonly Header[],
  data: Uint8Array,
  binding: CloudBinding,
): CloudEvent | undefined {
  const sent = headerOf(headers, binding.contentType);
  const contentType = sent === undefined ? undefined : binding.read(sent);
  if (isCloudEnvelope(contentType)) return structured(headers, data, binding);
  return headerOf(headers, `${binding.prefix}specversion`) === undefined
    ? undefined
    : binary(headers, data, binding, contentType);
}

function binary(
  headers: readonly Header[],
  data: Uint8Array,
  { prefix, read, typeIsAttribute }: CloudBinding,
  contentType: string | undefined,
): CloudEvent | undefined {
  const named = new Map<string, string>();
  for (const [name, value] of headers) {
    const text = isAttribute(name, prefix) ? read(value) : undefined;
    if (text !== undefined) named.set(name.slice(prefix.length).toLowerCase(), text);
  }
  const attributes = cloudAttributes(named);
  if (attributes === undefined) return undefined;
  const type = contentType === undefined ? {} : { contentType };
  return typeIsAttribute ? { ...type, ...attributes, headers, data } : { ...attributes, ...type, headers, data };
}

function structured(
  headers: readonly Header[],
  json: Uint8Array,
  { prefix, contentType: typeHeader, typeIsAttribute, write }: CloudBinding,
): CloudEvent | undefined {
  const envelope = cloudEnvelope(json);
  if (envelope === undefined) return undefined;
  const attributes = cloudAttributes(envelope.attributes);
  if (attributes === undefined) return undefined;
  const { contentType = DEFAULT_TYPE } = attributes;
  const lowerType = typeHeader.toLowerCase();
  // Attributes in headers would belong to another event: the envelope holds all of this one's.
  const others = headers.filter(([name]) => name.toLowerCase() !== lowerType && !isAttribute(name, prefix));
  const named = [...envelope.attributes].filter(
    ([name]) => (typeIsAttribute || name !== 'datacontenttype') && !isTakenFor(name, envelope.attributes),
  );
  return {
    ...attributes,
    contentType,
    headers: [
      ...others,
      ...named.map(([name, text]): Header => [`${prefix}${name}`, write(text)]),
      [typeHeader, contentType],
    ],
    data: envelope.data,
  };
}

/** Names of headers ignore case: an extension `ID`, which is not a valid name, would be taken for the id when the message is read again. */
function isTakenFor(name: string, attributes: ReadonlyMap<string, string>): boolean {
  const lower = name.toLowerCase();
  return name !== lower && (KNOWN.has(lower) || attributes.has(lower));
}

function isAttribute(header: string, prefix: string): boolean {
  return header.slice(0, prefix.length).toLowerCase() === prefix;
}

/** The structured mode: one JSON object with attributes and data. */
export interface CloudEnvelope {
  /** Attributes as text; numbers and booleans as they were written. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

/** Attributes by name, in lower case. `undefined` if any is missing that CloudEvents 1.x requires. */
export function cloudAttributes(attributes: ReadonlyMap<string, string>): CloudAttributes | undefined {
  const id = attributes.get('id');
  const source = attributes.get('source');
  if (attributes.get('specversion')?.startsWith('1.') !== true || !id || !source) return undefined;
  const subject = attributes.get('subject');
  const time = nanoseconds(attributes.get('time'));
  const contentType = attributes.get('datacontenttype');
  return {
    id,
    source,
    ...(subject === undefined ? {} : { subject }),
    ...(time === undefined ? {} : { time }),
    ...(contentType === undefined ? {} : { contentType }),
  };
}

/** Whether a content type is that of the structured mode in JSON. */
export function isCloudEnvelope(contentType: string | undefined): boolean {
  return contentType !== undefined && mediaType(contentType) === 'application/cloudevents+json';
}

/** The attributes that `cloudAttributes` reads. */
const KNOWN: ReadonlySet<string> = new Set(['specversion', 'id', 'source', 'subject', 'time', 'datacontenttype']);

/** Default content type of an envelope's data (CloudEvents JSON format, 3.1). */
const DEFAULT_TYPE = 'application/json';

/** Reads the JSON format of CloudEvents; if members repeat, the last counts. `undefined` if it is not a JSON object, or if base64 is invalid. */
export function cloudEnvelope(json: Uint8Array): CloudEnvelope | undefined {
  const members = jsonMembers(json);
  if (members === undefined) return undefined;
  const attributes = new Map<string, string>();
  let data: Uint8Array | undefined;
  let base64: Uint8Array | undefined;
  for (const { name, start, end } of members) {
    const value = json.subarray(start, end);
    if (name === 'data') data = value;
    else if (name === 'data_base64') base64 = value;
    else setAttribute(attributes, name, value);
  }
  const bytes =
    base64 === undefined || isNull(base64)
      ? payloadOf(data, attributes.get('datacontenttype') ?? DEFAULT_TYPE)
      : bytesOf(base64);
  return bytes === undefined ? undefined : { attributes, data: bytes };
}

/** An attribute that is null counts as absent (3.1). Objects and arrays are not attributes. */
function setAttribute(attributes: Map<string, string>, name: string, value: Uint8Array): void {
  const first = value[0] ?? 0;
  if (first === 0x22) attributes.set(name, stringOf(value));
  else if (isNull(value) || first === 0x7b || first === 0x5b) attributes.delete(name);
  else attributes.set(name, textOf(value));
}

/** The value as written; for a string its text, unless the content type is JSON (3.1). */
function payloadOf(json: Uint8Array | undefined, contentType: string): Uint8Array {
  if (json === undefined) return new Uint8Array();
  const isText = json[0] === 0x22 && !/[/+]json$/.test(mediaType(contentType));
  return isText ? new TextEncoder().encode(stringOf(json)) : json;
}

function bytesOf(json: Uint8Array): Uint8Array | undefined {
  if (json[0] !== 0x22) return undefined;
  const text = stringOf(json);
  return /^[A-Za-z0-9+/]*={0,2}$/.test(text) ? Uint8Array.from(Buffer.from(text, 'base64')) : undefined;
}

function isNull(json: Uint8Array): boolean {
  return json[0] === 0x6e;
}

/** A content type without its parameters. */
function mediaType(contentType: string): string {
  return (contentType.split(';', 1)[0] ?? '').trim().toLowerCase();
}

/** RFC 3339 with up to nine decimals. `undefined` for anything else, and before 1970. */
function nanoseconds(text: string | undefined): bigint | undefined {
  const [, seconds, fraction = '', zone] =
    /^(\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)(?:\.(\d+))?(Z|[+-]\d\d:\d\d)$/i.exec(text ?? '') ?? [];
  const ms = Date.parse(`${seconds}${zone}`);
  return ms >= 0 ? BigInt(ms) * 1_000_000n + BigInt(fraction.slice(0, 9).padEnd(9, '0')) : undefined;
}
