import { type CloudBinding, cloudEvent, type Header, nanoseconds, type TriggerEvent } from '#trigger';
import type { TopicPartition } from '../client/kafka-client.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';
import { headerValueOf, textHeaderOf, textHeaders, textOfHeader } from './header-text.ts';

/** `true` on an event without data whose record was a tombstone. A message with this header and without data becomes a tombstone. */
export const TOMBSTONE_HEADER = 'sluice-tombstone';

/** The latest time of an event, in milliseconds since 1970: the year 2262. Producers may write any time. */
const LATEST_MS = 9_223_372_036_854;

const NOTHING = new Uint8Array();
const NO_HEADERS: readonly Header[] = [];

/**
 * A record as an event. Its id is its place in the log and its time, so that a recreated topic has new ids; a CloudEvent has its own id. Key, value
 * and headers are unchanged.
 */
export function recordEvent(record: KafkaRecord, { topic, partition }: TopicPartition): TriggerEvent {
  const { key, value } = record;
  const data = value ?? NOTHING;
  const time = nanoseconds(Math.min(timestampOf(record), LATEST_MS));
  const id = placeOfRecord(record, { topic, partition });
  // As most are: no search is needed.
  if (record.headers.length === 0 && value !== null) {
    const source = sourceOf(topic);
    return key === null
      ? { id, source, subject: topic, time, headers: NO_HEADERS, data }
      : { id, source, subject: topic, time, key, headers: NO_HEADERS, data };
  }
  const sent = textHeaders(record.headers);
  const contentType = textHeaderOf(sent, 'content-type');
  const own: TriggerEvent = {
    id,
    source: sourceOf(topic),
    subject: topic,
    time,
    ...(key === null ? {} : { key }),
    ...(contentType === undefined ? {} : { contentType }),
    headers: flagged(sent, value === null),
    data,
  };
  return { ...own, ...cloudEvent(own.headers, data, kafkaBinding) };
}

let lastTopic = '';
let lastSource = 'kafka:';

/** Records of one topic share it. */
function sourceOf(topic: string): string {
  if (topic !== lastTopic) {
    lastSource = `kafka:${topic}`;
    lastTopic = topic;
  }
  return lastSource;
}

/** The first header with that name counts: one that a sender wrote comes after ours. */
function flagged(sent: readonly Header[], isTombstone: boolean): readonly Header[] {
  const isSent = sent.some(([name]) => name.toLowerCase() === TOMBSTONE_HEADER);
  if (isSent) return [[TOMBSTONE_HEADER, String(isTombstone)], ...sent];
  return isTombstone ? [...sent, [TOMBSTONE_HEADER, 'true']] : sent;
}

/** `TOPIC/PARTITION/OFFSET/TIMESTAMP`; the time distinguishes a topic from a later one with the same name. */
export function placeOfRecord(record: KafkaRecord, { topic, partition }: TopicPartition): string {
  return `${topic}/${partition}/${record.offset}/${timestampOf(record)}`;
}

function timestampOf({ timestamp }: KafkaRecord): number {
  return Math.max(0, timestamp);
}

/**
 * CloudEvents in records of Kafka (Kafka protocol binding 1.0.2): attributes are UTF-8 in headers, without any encoding (3.2.3.1), and the
 * content type has the header of its own (3.2.1).
 */
export const kafkaBinding: CloudBinding = {
  prefix: 'ce_',
  contentType: 'content-type',
  typeIsAttribute: false,
  read: textOfHeader,
  write: headerValueOf,
};
