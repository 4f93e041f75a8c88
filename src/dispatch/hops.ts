import { type Header, headerOf } from '../event.ts';

/** How often an event was published again on behalf of another: Sluice writes it on all that it publishes for a delivery. */
const HOPS = 'sluice-hops';

/**
 * The hops that an event has behind it; 0 when it says nothing, or nothing that is a count. A sender can write what it likes: a high number
 * costs its own event, a low one makes it begin anew.
 */
export function hopsOf(headers: readonly Header[]): number {
  const text = headerOf(headers, HOPS);
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : 0;
}

/** The headers with this count, instead of any that they have: a component can't set it. */
export function withHops(headers: readonly Header[], hops: number): readonly Header[] {
  return [...withoutHops(headers), [HOPS, String(hops)]];
}

export function withoutHops(headers: readonly Header[]): readonly Header[] {
  return headerOf(headers, HOPS) === undefined ? headers : headers.filter(([name]) => name.toLowerCase() !== HOPS);
}
