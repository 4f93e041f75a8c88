import { shortenedName } from './bounded-text.ts';
import type { TriggerEvent } from './event.ts';

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
