import type { MsgHdrs } from '@nats-io/transport-node';
import type { Header } from '#trigger';

/** Headers in the order given, for the client to send: its own would group repeated names. */
export function rawHeaders(headers: readonly Header[]): MsgHdrs {
  const text = `NATS/1.0\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return { encode: () => Buffer.from(text) } as unknown as MsgHdrs; // the client asks for nothing else when it publishes
}

/** The headers in a block as the server keeps it, but for those that are NATS' own. */
export function plainHeaders(block: string): Header[] {
  return block
    .split('\r\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('Nats-'))
    .map((line): Header => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
}

/** What a message carries on the wire: its headers, and its content type among them. */
export function sentHeaders({
  headers,
  contentType,
}: {
  readonly headers: readonly Header[];
  readonly contentType?: string;
}): readonly Header[] {
  return contentType === undefined ? headers : [...headers, ['Content-Type', contentType]];
}
