import type { TriggerEvent } from '../event.ts';

/**
 * The id of a message that an event causes: the same at every attempt, so that a publisher that can deduplicate stores it once, and no
 * other's. Several triggers may get the same event, and an event's id may be used again when its source has forgotten it: hence the name
 * and the time. `place` tells several messages of one event apart.
 */
export function messageId(trigger: string, { source, id, time }: TriggerEvent, place: number | 'dead'): string {
  return `${trigger}/${source}/${id}/${time}/${place}`;
}
