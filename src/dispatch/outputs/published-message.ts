import type { Delivery } from '../../delivery.ts';
import { type Header, headerOf } from '../../event.ts';

// What Sluice writes on each message that it publishes on behalf of an event: an id, and the number of hops.

/**
 * The same id at every attempt, so that a publisher that can deduplicate stores the message once. No other message has it: it is built
 * from the event's position, since the sender chooses the event's id, and may choose that of another. It begins with the trigger's name,
 * since several triggers may get the same event. `number` tells several messages of one event apart.
 */
export function messageId(trigger: string, { position }: Pick<Delivery, 'position'>, number: number | 'dead'): string {
  return `${trigger}/${position}/${number}`;
}

const HOPS = 'sluice-hops';

/**
 * The hops that an event has behind it; 0 without a valid count. A sender can write any count: a high one costs only its own event, a low one
 * restarts the count.
 */
export function hopsOf(headers: readonly Header[]): number {
  const text = headerOf(headers, HOPS);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** The headers with this count, which replaces any that they have: a component can't set it. */
export function withHops(headers: readonly Header[], hops: number): readonly Header[] {
  return [...withoutHops(headers), [HOPS, String(hops)]];
}

export function withoutHops(headers: readonly Header[]): readonly Header[] {
  return headerOf(headers, HOPS) === undefined ? headers : headers.filter(([name]) => name.toLowerCase() !== HOPS);
}
