import { type Header, type Message, nanoseconds, type TriggerEvent } from '#trigger';

/** The longest name of a queue, in characters. */
export const LONGEST_NAME = 128;
export const LOWEST_PRIORITY = 0;
export const HIGHEST_PRIORITY = 9;

/** An item for a queue: a message, and options that only a queue has. */
export interface QueueItem extends Message {
  /** It is not handed out before this many milliseconds have passed. At least 0, the default. */
  readonly afterMs?: number;
  /** 0 (default) to 9: items of a higher priority are handed out first. It has no effect on an item with a lane, which keeps its place there. */
  readonly priority?: number;
}

/** The columns that a claim reads. */
export type ItemRow = readonly [
  seq: number,
  rank: number,
  attempt: number,
  lane: Uint8Array | null,
  id: string,
  time: number,
  key: Uint8Array | null,
  contentType: string | null,
  headers: string | null,
  data: Uint8Array,
];

/** An item that a trigger holds. */
export interface Lease {
  readonly queue: number;
  readonly seq: number;
  readonly lane: Uint8Array | null;
  readonly token: number;
}

const noHeaders: readonly Header[] = [];

/** The event of an item of `queue`; its source is `queue:NAME`. */
export function eventOf(row: ItemRow, subject: string, source: string): TriggerEvent {
  const [, , , , id, time, key, contentType, headers, data] = row;
  const event = {
    id,
    source,
    subject,
    time: nanoseconds(time),
    headers: headers === null ? noHeaders : (JSON.parse(headers) as readonly Header[]), // written by headersText
    data,
  };
  if (key === null && contentType === null) return event;
  return { ...event, ...(key !== null && { key }), ...(contentType !== null && { contentType }) };
}

export function headersText(headers: readonly Header[]): string | null {
  return headers.length === 0 ? null : JSON.stringify(headers);
}

/** Throws a TypeError that names what is out of range. */
export function checkItem({ afterMs = 0, priority = 0 }: QueueItem): void {
  if (!(afterMs >= 0 && Number.isFinite(afterMs))) throw new TypeError(`afterMs must be at least 0, got ${afterMs}`);
  if (!(Number.isInteger(priority) && priority >= LOWEST_PRIORITY && priority <= HIGHEST_PRIORITY))
    throw new TypeError(
      `priority must be a whole number from ${LOWEST_PRIORITY} to ${HIGHEST_PRIORITY}, got ${priority}`,
    );
}
