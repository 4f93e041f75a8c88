import { type CloudAttributes, cloudAttributes, cloudEnvelope, type Header, isCloudEnvelope } from '#trigger';
import { textHeaderOf } from './header-text.ts';

/** A record that is a CloudEvent: what it says of itself, and the headers and data of its binary mode. */
export interface CloudEvent extends CloudAttributes {
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/**
 * Reads a record as a CloudEvent (Kafka binding 1.0.2): `content-type: application/cloudevents+json` is the structured mode, `ce_` headers
 * are the binary mode. One that is structured is given in binary mode, attributes as headers and data on its own, so that a component sees
 * either alike and may pass it on. `undefined` for any other record, and for one that claims to be a CloudEvent and is not: such a record is
 * an event all the same, just as it was sent.
 */
export function cloudEvent(headers: readonly Header[], data: Uint8Array): CloudEvent | undefined {
  const contentType = textHeaderOf(headers, 'content-type');
  if (isCloudEnvelope(contentType)) return structured(headers, data);
  return textHeaderOf(headers, 'ce_specversion') === undefined ? undefined : binary(headers, data, contentType);
}

/** Attributes are UTF-8 in headers, without any encoding (3.2.3.1); the content type has the header of its own (3.2.1). */
function binary(headers: readonly Header[], data: Uint8Array, contentType: string | undefined): CloudEvent | undefined {
  const named = new Map<string, string>();
  for (const [name, value] of headers) if (/^ce_/i.test(name)) named.set(name.slice(3).toLowerCase(), value);
  const attributes = cloudAttributes(named);
  if (attributes === undefined) return undefined;
  return { ...attributes, ...(contentType === undefined ? {} : { contentType }), headers, data };
}

function structured(headers: readonly Header[], json: Uint8Array): CloudEvent | undefined {
  const envelope = cloudEnvelope(json);
  if (envelope === undefined) return undefined;
  const attributes = cloudAttributes(envelope.attributes);
  if (attributes === undefined) return undefined;
  const { contentType = 'application/json' } = attributes;
  const own = [...envelope.attributes].filter(([name]) => name !== 'datacontenttype');
  return {
    ...attributes,
    contentType,
    headers: [
      ...headers.filter(([name]) => name.toLowerCase() !== 'content-type'),
      ...own.map(([name, value]): Header => [`ce_${name}`, value]),
      ['content-type', contentType],
    ],
    data: envelope.data,
  };
}
