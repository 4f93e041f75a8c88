import { type CloudAttributes, cloudAttributes, cloudEnvelope, type Header, headerOf, isCloudEnvelope } from '#trigger';

/** What a CloudEvent says of itself, over what NATS says of the message. */
export interface CloudEvent extends CloudAttributes {
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
  if (isCloudEnvelope(contentType)) return structured(headers, data);
  return headerOf(headers, 'ce-specversion') === undefined ? undefined : binary(headers, data, contentType);
}

function binary(headers: readonly Header[], data: Uint8Array, contentType: string | undefined): CloudEvent | undefined {
  const named = new Map<string, string>();
  for (const [name, value] of headers) {
    if (/^ce-/i.test(name)) named.set(name.slice(3).toLowerCase(), percentDecoded(value));
  }
  const attributes = cloudAttributes(named);
  if (attributes === undefined) return undefined;
  return { ...(contentType === undefined ? {} : { contentType }), ...attributes, headers, data };
}

function structured(headers: readonly Header[], json: Uint8Array): CloudEvent | undefined {
  const envelope = cloudEnvelope(json);
  if (envelope === undefined) return undefined;
  const attributes = cloudAttributes(envelope.attributes);
  if (attributes === undefined) return undefined;
  const added = [...envelope.attributes].map(([name, value]): Header => [`ce-${name}`, percentEncoded(value)]);
  return { ...attributes, headers: [...headers, ...added], data: envelope.data };
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
