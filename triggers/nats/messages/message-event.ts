import { type CloudBinding, cloudEvent, type Header, headerOf, type TriggerEvent } from '#trigger';
import type { Msg } from '@nats-io/transport-node';
import { headersOf } from './header-block.ts';

/** Data about an event that is not in its message. */
export interface Origin {
  /** A URI reference: `nats:ORDERS`. */
  readonly source: string;
  /** Used when neither a CloudEvent nor a `Nats-Msg-Id` names it. */
  readonly id: string;
  /** Nanoseconds since 1970. */
  readonly time: bigint;
}

/** The message's subject, if its event has a different one. Only Sluice writes this header: one from a sender is left out. */
const SUBJECT_HEADER = 'sluice-subject';

/** A message as an event: with the attributes of a CloudEvent if it is one, else with its `Nats-Msg-Id`, its subject and its source. */
export function messageEvent(msg: Pick<Msg, 'subject' | 'data'>, { source, id, time }: Origin): TriggerEvent {
  const sent = headersOf(msg).headers;
  const forged = headerOf(sent, SUBJECT_HEADER) !== undefined;
  const headers = forged ? sent.filter(([name]) => name.toLowerCase() !== SUBJECT_HEADER) : sent;
  const { subject, data } = msg;
  if (headers.length === 0) return { id, source, subject, time, headers, data };
  const contentType = headerOf(headers, 'content-type');
  const own: TriggerEvent = {
    id: headerOf(headers, 'nats-msg-id') || id,
    source,
    subject,
    time,
    ...(contentType === undefined ? {} : { contentType }),
    headers,
    data,
  };
  const cloud = cloudEvent(headers, data, natsBinding);
  if (cloud === undefined) return own;
  const named = cloud.subject === undefined || cloud.subject === subject;
  return { ...own, ...cloud, headers: named ? cloud.headers : [...cloud.headers, [SUBJECT_HEADER, subject]] };
}

/** The lane of an event, by the `order` of its trigger. */
export type Order = (event: TriggerEvent, subject: string) => string | undefined;

/** `none`, `subject`, or `header:NAME`; an event without that header has no lane. */
export function orderBy(order: string): Order | undefined {
  if (order === 'none') return undefined;
  if (order === 'subject') return (_event, subject) => subject;
  const name = order.slice('header:'.length);
  return ({ headers }: { readonly headers: readonly Header[] }) => headerOf(headers, name);
}

/** CloudEvents in messages of NATS (NATS protocol binding 1.0): values of `ce-` headers are percent-encoded as in the HTTP binding, 3.1.3.2. */
export const natsBinding: CloudBinding = {
  prefix: 'ce-',
  contentType: 'Content-Type',
  typeIsAttribute: true,
  read: percentDecoded,
  write: percentEncoded,
};

/** A stray % stands for itself. */
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
