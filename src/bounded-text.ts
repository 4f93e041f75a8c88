import { createHash } from 'node:crypto';
import type { TriggerEvent } from './event.ts';

/** The longest text that says why something went wrong (a guest's reason, a broker's message), in UTF-16 code units. */
export const LONGEST_REASON = 4096;

/** The longest name of an interface or function that messages show. */
export const LONGEST_NAME = 200;

/** At most `most` UTF-16 code units of a text; of a longer one the start, and `…`. No character is cut in two. */
export function shortened(text: string, most: number): string {
  return text.length <= most ? text : `${startOf(text, most - 1)}…`;
}

/** The same for a text that tells one thing from others: a long one is its start, `…` and its SHA-256, so that it still does. */
export function shortenedName(text: string, most: number): string {
  if (text.length <= most) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  return `${startOf(text, most - digest.length - 1)}…${digest}`;
}

function startOf(text: string, length: number): string {
  const last = text.charCodeAt(length - 1);
  return text.slice(0, last >= 0xd800 && last <= 0xdbff ? length - 1 : length);
}

/** The longest texts by which an event names itself, in UTF-16 code units: a sender writes them, and logs, spans and letters repeat them. */
const LONGEST = { id: 512, source: 1024, subject: 4096, contentType: 1024 } as const;

/**
 * An event as Sluice hands it around: of an id, source, subject or content type that is longer than 512, 1,024, 4,096 or 1,024 UTF-16 code
 * units the start, `…` and its SHA-256 stand for it, so that two that differ still do. Headers, key and data stay as they were sent; they
 * count for `limits.event_size`.
 */
export function boundedEvent(event: TriggerEvent): TriggerEvent {
  const { id, source, subject, contentType = '' } = event;
  const fits =
    id.length <= LONGEST.id &&
    source.length <= LONGEST.source &&
    subject.length <= LONGEST.subject &&
    contentType.length <= LONGEST.contentType;
  if (fits) return event;
  return {
    ...event,
    id: shortenedName(id, LONGEST.id),
    source: shortenedName(source, LONGEST.source),
    subject: shortenedName(subject, LONGEST.subject),
    ...(event.contentType !== undefined && { contentType: shortenedName(contentType, LONGEST.contentType) }),
  };
}
