import type { Header } from '#trigger';
import type { Msg, MsgHdrs } from '@nats-io/transport-node';

/** A header block as received: the status of the first line, and the headers in order. */
export interface HeaderBlock {
  /** 0 if the first line has none, as in all messages but the server's own. */
  readonly status: number;
  /** The text after the status: `Consumer Deleted`. */
  readonly description: string;
  readonly headers: readonly Header[];
}

const EMPTY = new Uint8Array();
const NOTHING: HeaderBlock = { status: 0, description: '', headers: [] };
const VERSION = 'NATS/1.0';
const decoder = new TextDecoder();
const encoder = new TextEncoder();

/**
 * The headers of a message, in their order, with repeated names and with names that are not valid: the client's own map of them keeps neither, and
 * throws at the last. NATS/1.0 is a status line and `Name: value` lines, each ended by CRLF (nats-architecture-and-design, ADR-4); text is UTF-8,
 * bytes that are not become U+FFFD. Blanks around a value are not part of it. The server checks none of this, so a block may contain anything: a
 * line without a colon is a name without a value.
 */
export function headersOf(msg: Pick<Msg, 'data'>): HeaderBlock {
  const block = blockOf(msg);
  if (block.length === 0) return NOTHING;
  const [first = '', ...lines] = decoder.decode(block).split('\r\n');
  const rest = first.slice(VERSION.length).trim();
  const [status = '0'] = /^\d{3}/.exec(rest) ?? [];
  const headers: Header[] = [];
  for (const line of lines) {
    const colon = line.indexOf(':');
    if (colon !== -1) headers.push([line.slice(0, colon), withoutBlanks(line, colon + 1)]);
    else if (line !== '') headers.push([line, '']);
  }
  return { status: Number(status), description: (status === '0' ? rest : rest.slice(status.length)).trim(), headers };
}

/** From `start` on. `trim` would take other characters too, and a pattern for the end takes its time over blanks in the middle. */
function withoutBlanks(line: string, start: number): string {
  let end = line.length;
  while (end > start && isBlank(line[end - 1])) end -= 1;
  while (start < end && isBlank(line[start])) start += 1;
  return line.slice(start, end);
}

function isBlank(character: string | undefined): boolean {
  return character === ' ' || character === '\t';
}

/** The client gives `data` as a view that begins where the header block ends. */
function blockOf(msg: Pick<Msg, 'data'>): Uint8Array {
  const length = headerBytesOf(msg);
  if (length === 0) return EMPTY;
  const { data } = msg;
  return new Uint8Array(data.buffer, data.byteOffset - length, length);
}

/** The bytes of a message, as the client cut them from its input. */
export interface RawParts {
  readonly subject: Uint8Array;
  readonly reply: Uint8Array;
  /** The header block and the data, in one. */
  readonly content: Uint8Array;
  readonly headerBytes: number;
}

export function rawParts(msg: Msg): RawParts {
  const { subject, reply = EMPTY } = (msg as Msg & Parsed)._msg;
  const { data } = msg;
  const headerBytes = headerBytesOf(msg);
  const from = data.byteOffset - headerBytes;
  const content = headerBytes === 0 ? data : new Uint8Array(data.buffer, from, headerBytes + data.byteLength);
  return { subject, reply, content, headerBytes };
}

function headerBytesOf(msg: Pick<Msg, 'data'>): number {
  return Math.max(0, (msg as Parsed)._msg.hdr);
}

/**
 * The client's messages have it (nats-core 3.4), though its declarations of `Msg` leave it out: the length of the headers as the server
 * gave it, -1 for none, and the subjects as bytes. That length can't be told from `size()`, which counts bytes of subjects that are no UTF-8
 * otherwise than their text.
 */
interface Parsed extends Pick<Msg, 'data'> {
  readonly _msg: { readonly hdr: number; readonly subject: Uint8Array; readonly reply?: Uint8Array };
}

/** The part of `MsgHdrs` that the client sends and its declarations leave out. */
export type EncodedHeaders = MsgHdrs & { encode(): Uint8Array };

/**
 * Headers in order, for the client to send. Characters that NATS can't carry are percent-encoded: blanks, colons and all but printable ASCII in
 * names, line breaks in values. A header from another broker must not cause a dead letter to be refused.
 */
export function headerBlock(headers: readonly Header[]): EncodedHeaders {
  const block = encoded(headers);
  // When it publishes, the client uses only the encoding of headers; its own class would group repeated names.
  return { encode: () => block } as unknown as EncodedHeaders;
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
