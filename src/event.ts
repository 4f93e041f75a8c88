/** The kind of a source's events: messages, or the ticks of a schedule. It decides which contract of a component is preferred. */
export type EventKind = 'message' | 'tick';

/** A header, unchanged: names keep their case and may repeat. */
export type Header = readonly [name: string, value: string];

/**
 * What happened outside: the context attributes of CloudEvents 1.0 as fields, plus the key and headers that brokers carry.
 * Immutable. The attempt count belongs to the delivery, not to the event.
 */
export interface TriggerEvent {
  /** Unique within `source`. A redelivery of the same event has the same id and the same time. */
  readonly id: string;
  /** Where it came from, as a URI reference: `queue:jobs`, `cron:nightly`. */
  readonly source: string;
  /** What it is about within the source: a queue, a subject, a topic, a schedule. */
  readonly subject: string;
  /** When it happened, in nanoseconds since 1970-01-01T00:00:00Z; at least 0. */
  readonly time: bigint;
  /** The partitioning or ordering key, as bytes, when the source has one. */
  readonly key?: Uint8Array;
  /** The media type of `data`, when known. */
  readonly contentType?: string;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** An outgoing message: a handler's output, a dead letter, or a message that a person publishes. */
export interface Message {
  /**
   * Stable across redeliveries of the event that caused it, so that publishers can deduplicate: `<trigger>/<position of the event>/<n>` for handler
   * outputs. Absent if nothing stable is known; the publisher then makes one.
   */
  readonly id?: string;
  /**
   * The place within the destination, for publishers that have places: a replayed event returns to its own subject. Absent: the place that the
   * manifest names. Other publishers ignore it.
   */
  readonly subject?: string;
  readonly key?: Uint8Array;
  readonly contentType?: string;
  readonly headers: readonly Header[];
  readonly data: Uint8Array;
}

/** The first value of a header, its name compared without case; `undefined` when there is none. */
export function headerOf(headers: readonly Header[], name: string): string | undefined {
  if (headers.length === 0) return undefined;
  const wanted = name.toLowerCase();
  return headers.find(([key]) => key.length === wanted.length && key.toLowerCase() === wanted)?.[1];
}

/** The size of an event or message for `limits.event_size`, in bytes of data, key and headers. */
export function weightOf({ data, key, headers }: Pick<Message, 'data' | 'key' | 'headers'>): number {
  let bytes = data.byteLength + (key?.byteLength ?? 0);
  for (const [name, value] of headers) bytes += name.length + value.length;
  return bytes;
}
