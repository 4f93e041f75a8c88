import type { Delivery } from '../delivery.ts';

/**
 * The id of a message that an event causes: the same at every attempt, so that a publisher that can deduplicate stores it once, and no
 * other's. It rests on the event's position in its source: the id of an event is its sender's choice, and may be that of another. Several
 * triggers may get the same event: hence the name. `number` tells several messages of one event apart.
 */
export function messageId(trigger: string, { position }: Pick<Delivery, 'position'>, number: number | 'dead'): string {
  return `${trigger}/${position}/${number}`;
}
