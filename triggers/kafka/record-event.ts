import type { Header, Message, TriggerEvent } from '#trigger';
import type { TopicPartition } from './client/kafka-client.ts';
import { cloudEvent } from './cloud-event.ts';
import { textHeaderOf, textHeaders } from './header-text.ts';
import type { KafkaRecord } from './wire/kafka-record.ts';

/** `true` on an event without data whose record was a tombstone; a message with it and without data becomes one. */
export const TOMBSTONE_HEADER = 'sluice-tombstone';

/** Where a record is, on an event that has an id of another kind: `TOPIC/PARTITION/OFFSET/TIMESTAMP`. The first header of the event. */
export const RECORD_HEADER = 'sluice-record';

const NOTHING = new Uint8Array();

/**
 * A record as an event. Its id is the place in the log and the time, so that a topic that was made anew has other ids than the one before
 * it; a CloudEvent has its own, and its place in `sluice-record`. Key, value and headers are what they were.
 */
export function recordEvent(record: KafkaRecord, { topic, partition }: TopicPartition): TriggerEvent {
  const { key, value } = record;
  const data = value ?? NOTHING;
  const sent = textHeaders(record.headers);
  const contentType = textHeaderOf(sent, 'content-type');
  const place = placeOfRecord(record, { topic, partition });
  const own: TriggerEvent = {
    id: place,
    source: `kafka:${topic}`,
    subject: topic,
    time: BigInt(timestampOf(record)) * 1_000_000n,
    ...(key === null ? {} : { key }),
    ...(contentType === undefined ? {} : { contentType }),
    headers: value === null ? [...sent, [TOMBSTONE_HEADER, 'true']] : sent,
    data,
  };
  const cloud = cloudEvent(own.headers, data);
  if (cloud === undefined) return own;
  return { ...own, ...cloud, headers: [[RECORD_HEADER, place], ...cloud.headers] };
}

/** `TOPIC/PARTITION/OFFSET/TIMESTAMP`; the time tells a topic from another of its name that was made later. */
export function placeOfRecord(record: KafkaRecord, { topic, partition }: TopicPartition): string {
  return `${topic}/${partition}/${record.offset}/${timestampOf(record)}`;
}

function timestampOf({ timestamp }: KafkaRecord): number {
  return Math.max(0, timestamp);
}

/** The topics that an event may have come from, by what its message tells: to put it back there. Topics have no slashes. */
export function topicsOf({ subject, headers }: Pick<Message, 'subject' | 'headers'>): readonly string[] {
  const place = placeOf(headers);
  return [place, subject].filter((topic) => topic !== undefined);
}

/** Headers for a topic: what goes back to where it was does not bring that place along. */
export function headersFor(topic: string, headers: readonly Header[]): readonly Header[] {
  return placeOf(headers) === topic ? headers.slice(1) : headers;
}

function placeOf(headers: readonly Header[]): string | undefined {
  const [name, place] = headers[0] ?? [];
  return name === RECORD_HEADER ? place?.split('/', 1)[0] : undefined;
}
