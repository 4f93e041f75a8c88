import { type Header, headerOf } from '../event.ts';
import { jsonMembers, stringOf, textOf } from './json-members.ts';

/** What a CloudEvent says about itself. It takes precedence over what the broker says about the message. */
export interface CloudAttributes {
  readonly id: string;
  readonly source: string;
  readonly subject?: string;
  /** Nanoseconds since 1970. */
  readonly time?: bigint;
  readonly contentType?: string;
}

/** A message that is a CloudEvent, with the headers and data of its binary mode. */
export interface CloudEvent extends CloudAttributes {
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** How a broker's messages carry CloudEvents: what its protocol binding says. */
export interface CloudBinding {
  /** Begins the names of headers that are attributes: `ce-`, `ce_`. */
  readonly prefix: string;
  /** The header that tells the content type, in the case in which it is written. */
  readonly contentType: string;
  /** Whether `datacontenttype` is an attribute like others, which counts before the content type. Else that header alone tells it. */
  readonly typeIsAttribute: boolean;
  /** The text of an attribute, from the value of its header; `undefined` for a value that is no text. */
  readonly read: (value: string) => string | undefined;
  /** The opposite. */
  readonly write: (text: string) => string;
}

/**
 * Reads a message as a CloudEvent. Attributes in headers are the binary mode: headers and data stay as they were sent. A content type of
 * `application/cloudevents+json` is the structured mode; it is given as the binary one, so that a component sees either alike, and what is
 * passed on or replayed is still the same event: attributes as headers, the content type that of the data, the data byte for byte as the
 * envelope has it. `undefined` for any other message, and for one that claims to be a CloudEvent and is not: such a message is an event
 * just as it was sent.
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
  // Attributes in headers would be those of another event: the envelope has them all.
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

/** Names of headers have no case: beside `id`, an extension `ID`, which is no valid name, would be taken for the id when it is read again. */
function isTakenFor(name: string, attributes: ReadonlyMap<string, string>): boolean {
  const lower = name.toLowerCase();
  return name !== lower && (KNOWN.has(lower) || attributes.has(lower));
}

function isAttribute(header: string, prefix: string): boolean {
  return header.slice(0, prefix.length).toLowerCase() === prefix;
}

/** The structured mode: one JSON object with attributes and data. */
export interface CloudEnvelope {
  /** As text: numbers and booleans too, as they were written. */
  readonly attributes: ReadonlyMap<string, string>;
  readonly data: Uint8Array;
}

/** Attributes by their names, lower case. `undefined` without those that CloudEvents 1.x demands. */
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

/** What `cloudAttributes` reads. */
const KNOWN: ReadonlySet<string> = new Set(['specversion', 'id', 'source', 'subject', 'time', 'datacontenttype']);

/** What the data of an envelope is that does not tell (CloudEvents JSON format, 3.1). */
const DEFAULT_TYPE = 'application/json';

/** Reads the JSON format of CloudEvents; of members that repeat, the last counts. `undefined` for what is no JSON object, or holds no base64 where it should. */
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

/** An attribute that is null is not there (3.1). Objects and arrays are no attributes. */
function setAttribute(attributes: Map<string, string>, name: string, value: Uint8Array): void {
  const first = value[0] ?? 0;
  if (first === 0x22) attributes.set(name, stringOf(value));
  else if (isNull(value) || first === 0x7b || first === 0x5b) attributes.delete(name);
  else attributes.set(name, textOf(value));
}

/** As it was written, but for a string: that is its text, unless the content is JSON (3.1). */
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
