import type { Outcome, OutputMessage } from '../../outcome.ts';
import { PackReader } from './pack-reader.ts';
import { PackWriter } from './pack-writer.ts';

/** How a call can end in a thread; only main gives calls up. */
export type Ending = Exclude<Outcome, { kind: 'cancelled' }>;

/** A call that ended in a thread. */
export interface EndedCall {
  /** As it came with the event. */
  readonly number: number;
  readonly outcome: Ending;
  /** When the guest was entered, in milliseconds of the monotonic clock. */
  readonly startedMs: number;
  readonly durationMs: number;
  readonly cold: boolean;
}

/**
 * Outcomes on their way back, packed into one buffer:
 *
 *     0   u32  number of records
 *     8        records, RECORD bytes each
 *     ...      the byte ranges that they refer to
 *
 * A record:
 *
 *     0   u32  call number              8   f64  started             28  u32  delay asked for, in milliseconds
 *     4   u8   kind, as in KINDS        16  f64  duration            32  u32  reason: offset, length
 *     5   u8   cause, as in CAUSES      24  u8   delay present       40  u32  messages: offset of the table, rows
 *     6   u8   1: a cold start
 *
 * The rows of the table are `record message` of wit/event.wit as the canonical ABI lays it out, with offsets in place of addresses.
 */
const FIRST_RECORD = 8;
const RECORD = 48;
const KIND = 4;
const CAUSE = 5;
const COLD = 6;
const STARTED = 8;
const DURATION = 16;
const AFTER = 24;
const REASON = 32;
const MESSAGES = 40;

const MESSAGE_RECORD = 48;
const TO = 0;
const KEY = 8;
const CONTENT_TYPE = 20;
const HEADERS = 32;
const DATA = 40;

const KINDS = ['completed', 'failed', 'rejected', 'trapped', 'timed-out'] as const;
const CAUSES = ['trap', 'memory', 'malformed', 'denied', 'output-too-large', 'exit', 'instantiation'] as const;

const NO_MESSAGES: readonly OutputMessage[] = [];

/** Packs with a buffer of its own that it keeps; what it gives away is a copy of the exact size. */
export class OutcomePacker {
  #scratch = new ArrayBuffer(64 * 1024);

  pack(calls: readonly EndedCall[]): ArrayBuffer {
    const out = new PackWriter(this.#scratch, FIRST_RECORD + calls.length * RECORD);
    out.view.setUint32(0, calls.length, true);
    let record = FIRST_RECORD;
    for (const call of calls) {
      packCall(out, record, call);
      record += RECORD;
    }
    this.#scratch = out.buffer;
    return out.buffer.slice(0, out.end);
  }
}

function packCall(out: PackWriter, record: number, { number, outcome, startedMs, durationMs, cold }: EndedCall): void {
  out.view.setUint32(record, number, true);
  out.view.setUint8(record + KIND, KINDS.indexOf(outcome.kind));
  out.view.setUint8(record + CAUSE, outcome.kind === 'trapped' ? CAUSES.indexOf(outcome.cause) : 0);
  out.view.setUint8(record + COLD, cold ? 1 : 0);
  out.view.setFloat64(record + STARTED, startedMs, true);
  out.view.setFloat64(record + DURATION, durationMs, true);
  if (outcome.kind === 'completed') {
    packMessages(out, record + MESSAGES, outcome.messages);
    return;
  }
  const afterMs = 'afterMs' in outcome ? outcome.afterMs : undefined;
  out.view.setUint8(record + AFTER, afterMs === undefined ? 0 : 1);
  out.view.setUint32(record + AFTER + 4, afterMs ?? 0, true);
  out.text(record + REASON, outcome.reason);
}

function packMessages(out: PackWriter, field: number, messages: readonly OutputMessage[]): void {
  let row = out.table(field, messages.length, MESSAGE_RECORD);
  for (const { to, key, contentType, headers, data } of messages) {
    out.text(row + TO, to);
    out.view.setUint8(row + KEY, key === undefined ? 0 : 1);
    if (key !== undefined) out.data(row + KEY + 4, key);
    out.view.setUint8(row + CONTENT_TYPE, contentType === undefined ? 0 : 1);
    if (contentType !== undefined) out.text(row + CONTENT_TYPE + 4, contentType);
    out.headers(row + HEADERS, headers);
    out.data(row + DATA, data);
    row += MESSAGE_RECORD;
  }
}

/** Reads on main what a thread packed. Messages are views on the buffer, which is theirs. */
export function* endedCalls(buffer: ArrayBuffer): Generator<EndedCall> {
  const from = new PackReader(buffer);
  const end = FIRST_RECORD + from.view.getUint32(0, true) * RECORD;
  for (let record = FIRST_RECORD; record < end; record += RECORD) {
    yield {
      number: from.view.getUint32(record, true),
      outcome: outcomeAt(from, record),
      startedMs: from.view.getFloat64(record + STARTED, true),
      durationMs: from.view.getFloat64(record + DURATION, true),
      cold: from.view.getUint8(record + COLD) === 1,
    };
  }
}

function outcomeAt(from: PackReader, record: number): Ending {
  const kind = KINDS[from.view.getUint8(record + KIND)]!;
  if (kind === 'completed') return { kind, messages: messagesAt(from, record + MESSAGES) };
  const reason = from.text(record + REASON);
  const afterMs = from.view.getUint32(record + AFTER + 4, true);
  switch (kind) {
    case 'failed':
      return from.view.getUint8(record + AFTER) === 0 ? { kind, reason } : { kind, reason, afterMs };
    case 'trapped':
      return { kind, reason, cause: CAUSES[from.view.getUint8(record + CAUSE)]! };
    case 'timed-out':
      return { kind, reason, afterMs };
    case 'rejected':
      return { kind, reason };
  }
}

function messagesAt(from: PackReader, field: number): readonly OutputMessage[] {
  const count = from.view.getUint32(field + 4, true);
  if (count === 0) return NO_MESSAGES;
  const messages: OutputMessage[] = [];
  const table = from.view.getUint32(field, true);
  for (let row = table; row < table + count * MESSAGE_RECORD; row += MESSAGE_RECORD)
    messages.push(messageAt(from, row));
  return messages;
}

function messageAt(from: PackReader, row: number): OutputMessage {
  return {
    to: from.text(row + TO),
    ...(from.view.getUint8(row + KEY) === 1 && { key: from.data(row + KEY + 4) }),
    ...(from.view.getUint8(row + CONTENT_TYPE) === 1 && { contentType: from.text(row + CONTENT_TYPE + 4) }),
    headers: from.headers(row + HEADERS),
    data: from.data(row + DATA),
  };
}
