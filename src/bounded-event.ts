import { createHash } from 'node:crypto';
import { startOf } from './bounded-text.ts';
import type { TriggerEvent } from './event.ts';

/** The longest identifying texts of an event, in UTF-16 code units. A sender writes them, and logs, spans and dead letters repeat them. */
const LONGEST = { id: 512, source: 1024, subject: 4096, contentType: 1024 } as const;

/**
 * The event with its id, source, subject and content type shortened (see `shortenedName`) to 512, 1,024, 4,096 and 1,024 UTF-16 code units.
 * Headers, key and data stay as they were sent; `limits.event_size` bounds them.
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

/** Shortens a text that identifies something: its start, `…` and the SHA-256 of the whole, so that two different texts stay different. */
export function shortenedName(text: string, most: number): string {
  if (text.length <= most) return text;
  const digest = createHash('sha256').update(text).digest('hex');
  return `${startOf(text, most - digest.length - 1)}…${digest}`;
}
