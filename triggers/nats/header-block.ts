import type { Header } from '#trigger';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';

/** A header block as it came: the status of the first line, and the headers in their order. */
export interface HeaderBlock {
  /** 0 when the first line has none: for everything but the server's own messages. */
  readonly status: number;
  /** What follows the status: `Consumer Deleted`. */
  readonly description: string;
  readonly headers: readonly Header[];
}

const NOTHING: HeaderBlock = { status: 0, description: '', headers: [] };
const VERSION = 'NATS/1.0';
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The headers of a message, in their order, with repeated names and with names that are not valid: the client's own map of them keeps
 * neither, and throws at the last. NATS/1.0 is a status line and `Name: value` lines, each ended by CRLF (nats-architecture-and-design,
 * ADR-4); text is UTF-8, bytes that are not become U+FFFD.
 */
export function headersOf(msg: Msg): HeaderBlock {
  const block = blockOf(msg);
  if (block.length === 0) return NOTHING;
  const [first = '', ...lines] = decoder.decode(block).split('\r\n');
  if (!first.startsWith(VERSION)) return NOTHING;
  const rest = first.slice(VERSION.length).trim();
  const [status = '0'] = /^\d{3}/.exec(rest) ?? [];
  const headers: Header[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon > 0) headers.push([line.slice(0, colon), line.slice(colon + 1).trim()]);
  }
  return { status: Number(status), description: (status === '0' ? rest : rest.slice(status.length)).trim(), headers };
}

/**
 * The client gives `data` as a view that begins where the header block ends, and `size()` as the length of subject, reply, headers and
 * data together; the difference is the header block.
 */
function blockOf(msg: Msg): Uint8Array {
  const { data, subject, reply = '' } = msg as Msg & Sized;
  const length = (msg as Msg & Sized).size() - Buffer.byteLength(subject) - Buffer.byteLength(reply) - data.length;
  return length > 0 ? new Uint8Array(data.buffer, data.byteOffset - length, length) : new Uint8Array();
}

/** The client's messages have it (nats-core 3.4), though its declarations of `Msg` leave it out. */
interface Sized {
  size(): number;
}

/**
 * Headers in their order, for the client to send. What NATS can't carry is percent-encoded: blanks, colons and all but printable ASCII in
 * names, line breaks in values. A dead letter must not be refused for a header that its event brought from elsewhere.
 */
export function headerBlock(headers: readonly Header[]): MsgHdrs {
  const block = encoded(headers);
  // The client asks its headers for nothing but their encoding when it publishes; its own class would group repeated names.
  return { encode: () => block } as unknown as MsgHdrs;
}

/** The block itself. */
export function encoded(headers: readonly Header[]): Uint8Array {
  const lines = headers.map(([name, value]) => `${nameOf(name)}: ${escaped(value, /[\r\n\0]+/g)}\r\n`);
  return encoder.encode(`${VERSION}\r\n${lines.join('')}\r\n`);
}

function nameOf(name: string): string {
  return escaped(name, /[^!-9;-~]+/g) || '%';
}

function escaped(text: string, characters: RegExp): string {
  return text.toWellFormed().replaceAll(characters, (run) => encodeURIComponent(run));
}
