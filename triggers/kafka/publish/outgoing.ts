import { type Header, headerOf, type Message, SluiceError } from '#trigger';
import type { OutgoingRecord } from '../client/kafka-client.ts';
import { kafkaHeaders } from '../records/header-text.ts';
import { literalTopic } from '../options/output-options.ts';
import { TOMBSTONE_HEADER } from '../records/record-event.ts';

/** A message as a record, before its partition is chosen. */
export interface Outgoing extends Omit<OutgoingRecord, 'partition'> {
  /** Upper bound of its size in a batch, before compression. */
  readonly bytes: number;
}

/** Lengths, times and offsets of a record and of each of its headers take less than this (KIP-98, record format v2). */
const RECORD_BYTES = 32;
const HEADER_BYTES = 10;
/** Brokers end the connection for a larger request (`socket.request.max.bytes`, 100 MiB by default), which looks like an outage. */
const MOST_BYTES = 99 * 2 ** 20;

/**
 * A message for a topic. `isBack`: an event goes back to its topic, with its original key or without one. Throws SLU3411 if there is no topic, and
 * SLU3004.
 */
export function outgoing(message: Message, topic: string | undefined, isBack = false): Outgoing {
  if (topic === undefined || !literalTopic.test(topic)) {
    throw new SluiceError('SLU3411', `a message needs the name of a topic, got '${topic ?? ''}'`, { ofMessage: true });
  }
  const key = isBack ? (message.key ?? null) : keyOf(message);
  const isTombstone = message.data.byteLength === 0 && headerOf(message.headers, TOMBSTONE_HEADER) === 'true';
  const value = isTombstone ? null : message.data;
  const headers = kafkaHeaders(sentHeaders(message));
  let bytes = RECORD_BYTES + (key?.byteLength ?? 0) + (value?.byteLength ?? 0);
  for (const [name, value] of headers) bytes += HEADER_BYTES + Buffer.byteLength(name) + (value?.byteLength ?? 0);
  if (bytes > MOST_BYTES) {
    throw new SluiceError(
      'SLU3004',
      `a message for topic '${topic}' has ${bytes} bytes, a request has room for ${MOST_BYTES}`,
      {
        ofMessage: true,
        fix: 'send a reference to the data',
      },
    );
  }
  return { topic, key, value, headers, bytes };
}

/** A CloudEvent names its key in an attribute (Kafka binding 1.0.2, 3.1), which counts if there is no other. */
function keyOf({ key, headers }: Message): Uint8Array | null {
  if (key !== undefined) return key;
  const named = headerOf(headers, 'ce_partitionkey');
  return named === undefined ? null : Buffer.from(named);
}

function sentHeaders({ headers, contentType }: Message): readonly Header[] {
  // The first one with this name is ours; later ones came with an event.
  const flag = headers.findIndex(([name]) => name.toLowerCase() === TOMBSTONE_HEADER);
  const sent = headers.filter((_, at) => at !== flag);
  if (contentType !== undefined && headerOf(sent, 'content-type') === undefined) {
    sent.push(['content-type', contentType]);
  }
  return sent;
}
