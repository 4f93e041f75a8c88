import { type Header, headerOf, type Message, SluiceError } from '#trigger';
import { InvalidArgumentError, type MsgHdrs } from '@nats-io/transport-node';
import { headerBlock } from './header-block.ts';
import { literalSubject } from './output-options.ts';

/** A message as NATS takes it. */
export interface Outgoing {
  readonly subject: string;
  readonly data: Uint8Array;
  readonly headers: MsgHdrs | undefined;
}

/**
 * Headers are sent as they were given, but for `Nats-*`: those are instructions to the server (an id, an expected sequence, a rollup), and
 * a handler that passes its event's headers on does not mean to repeat what its sender asked for. `own` are ours. Throws SLU3308.
 */
export function outgoing(message: Message, subject: string | undefined, own: readonly Header[]): Outgoing {
  const to = message.subject ?? subject;
  if (to === undefined || !literalSubject.test(to)) {
    throw new SluiceError('SLU3308', `a message needs a subject without wildcards and blanks, got '${to ?? ''}'`);
  }
  const given = message.headers.filter(([name]) => !/^nats-/i.test(name));
  const typed =
    message.contentType === undefined || headerOf(given, 'content-type') !== undefined
      ? given
      : [...given, ['Content-Type', message.contentType] as const];
  const headers = [...typed, ...own];
  return { subject: to, data: message.data, headers: headers.length === 0 ? undefined : headerBlock(headers) };
}

/** What the client refused to send: SLU3004 for more than the server's max_payload. */
export function sendingError(thrown: unknown, { subject, data }: Outgoing): unknown {
  if (!(thrown instanceof InvalidArgumentError) || !thrown.message.includes('max_payload')) return thrown;
  return new SluiceError(
    'SLU3004',
    `a message of ${data.byteLength} bytes to '${subject}' is larger than max_payload of the NATS server`,
    {
      cause: thrown,
      fix: 'raise max_payload in the configuration of the server, or send a reference to the data',
    },
  );
}
