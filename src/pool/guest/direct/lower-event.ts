import { EVENT_RECORD, type EventBatch } from '../../wire/event-batch.ts';
import { HEADER_RECORD } from '../../wire/pack.ts';
import type { GuestMemory } from './guest-memory.ts';

const { BYTES, ID, SOURCE, SUBJECT, TIME, KEY, CONTENT_TYPE, ATTEMPT, HEADERS, DATA } = EVENT_RECORD;
const EVENT_ALIGN = 8;
/** What generated code gives for an empty text, for which it asks the guest for no room. */
const DANGLING = 1;

/**
 * Writes `count` events of a packed batch into a guest's memory as a list, and returns its address. The guest is asked for room in the same
 * order as by generated code: the list, then the fields of each event as they come.
 */
export function lowerEvents(batch: EventBatch, index: number, count: number, guest: GuestMemory): number {
  const list = guest.allocate(EVENT_ALIGN, count * BYTES);
  for (let n = 0; n < count; n++) lowerEvent(batch, batch.recordOf(index + n), guest, list + n * BYTES);
  return list;
}

function lowerEvent(batch: EventBatch, from: number, guest: GuestMemory, to: number): void {
  lowerText(batch, from + ID, guest, to + ID);
  lowerText(batch, from + SOURCE, guest, to + SOURCE);
  lowerText(batch, from + SUBJECT, guest, to + SUBJECT);
  guest.view.setUint32(to + TIME, batch.view.getUint32(from + TIME, true), true);
  guest.view.setUint32(to + TIME + 4, batch.view.getUint32(from + TIME + 4, true), true);
  const hasKey = batch.view.getUint8(from + KEY);
  guest.view.setUint8(to + KEY, hasKey);
  if (hasKey === 1) lowerData(batch, from + KEY + 4, guest, to + KEY + 4);
  const hasContentType = batch.view.getUint8(from + CONTENT_TYPE);
  guest.view.setUint8(to + CONTENT_TYPE, hasContentType);
  if (hasContentType === 1) lowerText(batch, from + CONTENT_TYPE + 4, guest, to + CONTENT_TYPE + 4);
  guest.view.setUint32(to + ATTEMPT, batch.view.getUint32(from + ATTEMPT, true), true);
  lowerHeaders(batch, from + HEADERS, guest, to + HEADERS);
  lowerData(batch, from + DATA, guest, to + DATA);
}

function lowerHeaders(batch: EventBatch, field: number, guest: GuestMemory, to: number): void {
  const rows = batch.view.getUint32(field + 4, true);
  const from = batch.view.getUint32(field, true);
  const table = guest.allocate(4, rows * HEADER_RECORD);
  for (let at = 0; at < rows * HEADER_RECORD; at += HEADER_RECORD) {
    lowerText(batch, from + at, guest, table + at);
    lowerText(batch, from + at + 8, guest, table + at + 8);
  }
  noteRange(guest, to, table, rows);
}

function lowerText(batch: EventBatch, field: number, guest: GuestMemory, to: number): void {
  if (batch.view.getUint32(field + 4, true) === 0) noteRange(guest, to, DANGLING, 0);
  else lowerData(batch, field, guest, to);
}

function lowerData(batch: EventBatch, field: number, guest: GuestMemory, to: number): void {
  const length = batch.view.getUint32(field + 4, true);
  const address = guest.allocate(1, length);
  guest.write(address, batch.bytes, batch.view.getUint32(field, true), length);
  noteRange(guest, to, address, length);
}

function noteRange({ view }: GuestMemory, field: number, address: number, length: number): void {
  view.setUint32(field, address, true);
  view.setUint32(field + 4, length, true);
}
