import type { Header } from '../event.ts';
import type { GuestEvent } from './contract.ts';

/**
 * An event's attributes by CloudEvents 1.0, for contracts without attributes of their own. `attempt` is an extension and counts from 1. `type` is
 * the sender's if the message was a CloudEvent.
 */
export function cloudAttributes({ id, source, subject, time, attempt, headers }: GuestEvent): readonly Header[] {
  const type = headers.find(([name]) => /^ce[-_]type$/i.test(name))?.[1] ?? 'sluice.event';
  return [
    ['specversion', '1.0'],
    ['type', type],
    ['id', id],
    ['source', source],
    ['subject', subject],
    ['time', timeText(time)],
    ['attempt', String(attempt)],
  ];
}

/**
 * The event's headers, and its attributes as headers `ce-id`, `ce-attempt`, … Headers with these names that a sender wrote are left out; the
 * attributes hold the true values.
 */
export function headersWithAttributes(event: GuestEvent): readonly Header[] {
  const attributes = cloudAttributes(event).map(([name, value]): Header => [`ce-${name}`, value]);
  const taken = new Set(attributes.map(([name]) => name));
  const others = event.headers.filter(([name]) => !taken.has(name.toLowerCase().replace('ce_', 'ce-')));
  return [...others, ...attributes];
}

/** RFC 3339, to the nanosecond if known. Times outside the range of dates become the last date in range. */
function timeText(nanoseconds: bigint): string {
  const LAST_MS = 253_402_300_799_999n;
  const ms = nanoseconds / 1_000_000n;
  const text = new Date(Number(ms < LAST_MS ? ms : LAST_MS)).toISOString();
  const rest = nanoseconds % 1_000_000n;
  return rest === 0n ? text : `${text.slice(0, -1)}${String(rest).padStart(6, '0')}Z`;
}
