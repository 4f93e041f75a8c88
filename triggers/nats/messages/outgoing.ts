import { type Header, headerOf, type Message, SluiceError } from '#trigger';
import { InvalidArgumentError, type ServerInfo } from '@nats-io/transport-node';
import { type EncodedHeaders, headerBlock } from './header-block.ts';
import { literalSubject } from './subject.ts';

/** A message in the form of NATS. */
export interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: EncodedHeaders | undefined;
}

/** A message for a subject. Throws SLU3308 when there is none. */
export function outgoing(message: Message, subject: string | undefined, own: readonly Header[]): Outgoing {
  if (subject === undefined || !literalSubject.test(subject)) {
    throw new SluiceError('SLU3308', `a message needs a subject without wildcards and blanks, got '${subject ?? ''}'`, {
      ofMessage: true,
    });
  }
  return { subject, data: message.data, headers: outgoingHeaders(message, own) };
}

/**
 * Instructions to the server (an id, an expected sequence, a rollup, a lifetime, a schedule) and to readers of a bucket (a deletion:
 * nats-architecture-and-design, ADR-8).
 */
const INSTRUCTION = /^(?:nats-|kv-operation$)/i;

/**
 * Headers are sent unchanged, except instructions: a handler that passes its event's headers on does not mean to repeat its sender's instructions.
 * `own` are ours.
 */
export function outgoingHeaders({ headers, contentType }: Message, own: readonly Header[]): EncodedHeaders | undefined {
  const sent = headers.filter(([name]) => !INSTRUCTION.test(name));
  if (contentType !== undefined && headerOf(sent, 'content-type') === undefined)
    sent.push(['Content-Type', contentType]);
  sent.push(...own);
  return sent.length === 0 ? undefined : headerBlock(sent);
}

/** Throws SLU3309 for headers to a server that takes none: the client would send them, and the server end the connection each time. */
export function refuseHeaders({ subject, headers }: Outgoing, server: ServerInfo | undefined): void {
  if (headers === undefined || server === undefined || server.headers) return;
  throw new SluiceError('SLU3309', `the NATS server takes no headers, and a message to '${subject}' has some`, {
    fix: 'remove no_header_support from the configuration of the server',
  });
}

/** The error for a message that the client refused to send: SLU3004 if it exceeds the server's max_payload. */
export function sendingError(thrown: unknown, { subject, data, headers }: Outgoing): unknown {
  if (!(thrown instanceof InvalidArgumentError) || !thrown.message.includes('max_payload')) return thrown;
  const headerBytes = headers?.encode().byteLength ?? 0;
  return new SluiceError(
    'SLU3004',
    `a message of ${data.byteLength} bytes, with ${headerBytes} of headers, to '${subject}' is larger than max_payload of the NATS server`,
    {
      cause: thrown,
      ofMessage: true,
      fix: 'raise max_payload in the configuration of the server, or send a reference to the data',
    },
  );
}
