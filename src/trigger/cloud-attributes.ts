/** What a CloudEvent says of itself, over what its broker says of the message. */
export interface CloudAttributes {
  readonly id: string;
  readonly source: string;
  readonly subject?: string;
  /** Nanoseconds since 1970. */
  readonly time?: bigint;
  readonly contentType?: string;
}

/** The structured mode: one JSON object with attributes and data. */
export interface CloudEnvelope {
  /** As text: numbers and booleans too. */
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
  return contentType?.toLowerCase().startsWith('application/cloudevents+json') === true;
}

/** Reads the JSON format of CloudEvents. `undefined` for what is no JSON object. */
export function cloudEnvelope(json: Uint8Array): CloudEnvelope | undefined {
  const envelope = jsonObject(json);
  if (envelope === undefined) return undefined;
  const attributes = new Map<string, string>();
  for (const [name, value] of Object.entries(envelope)) {
    if (name === 'data' || name === 'data_base64') continue;
    if (typeof value === 'string') attributes.set(name, value);
    else if (typeof value === 'number' || typeof value === 'boolean') attributes.set(name, String(value));
  }
  return { attributes, data: payloadOf(envelope) };
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
