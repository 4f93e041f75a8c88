import type { Outcome, OutputMessage } from '../../outcome.ts';
import { PackReader, PackWriter } from './pack.ts';

/** How a call can end in a thread; only main cancels calls. */
export type Ending = Exclude<Outcome, { kind: 'cancelled' }>;

/** The outcome of a call that was ended at its deadline, whichever thread noticed that. */
export function timedOut(timeoutMs: number, afterMs: number): Ending {
  return { kind: 'timed-out', reason: `ended at its deadline of ${timeoutMs} ms`, afterMs: Math.round(afterMs) };
}

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
 *     8        records, RECORD bytes each, and behind each the byte ranges that it refers to
 *
 * A record:
 *
 *     0   u32  call number              7   u8   1: a delay was asked for    28  u32  offset of the next record
 *     4   u8   kind, as in KINDS        8   f64  started                     32  u32  reason: offset, length
 *     5   u8   cause, as in CAUSES      16  f64  duration                    40  u32  messages: offset of the table, rows
 *     6   u8   1: a cold start          24  u32  the delay in milliseconds
 *
 * The rows of the table are `record message` of wit/event.wit as the canonical ABI lays it out, with offsets in place of addresses.
 */
const FIRST_RECORD = 8;
const RECORD = 48;
const KIND = 4;
const CAUSE = 5;
const COLD = 6;
const DELAYED = 7;
const STARTED = 8;
const DURATION = 16;
const DELAY = 24;
const NEXT = 28;
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
const COMPLETED: Ending = { kind: 'completed', messages: NO_MESSAGES };
const LEDGER_BYTES = 256 * 1024;

/**
 * Packs outcomes as they come. In shared memory they survive the thread: what it could not report any more before it was ended is read
 * from there, so that a call whose guest has answered is not run again.
 */
export class OutcomeWriter {
  readonly #out: PackWriter;
  /** Written last, so that a reader never sees half a record. */
  #count = 0;

  constructor(buffer: ArrayBuffer | SharedArrayBuffer) {
    this.#out = new PackWriter(buffer, FIRST_RECORD);
  }

  static sharedMemory(): SharedArrayBuffer {
    return new SharedArrayBuffer(LEDGER_BYTES);
  }

  get count(): number {
    return this.#count;
  }

  /** Whether there was room. */
  add(call: EndedCall): boolean {
    const before = this.#out.end;
    try {
      const record = this.#out.record(RECORD);
      packCall(this.#out, record, call);
      // Room first: it may replace the view.
      const next = this.#out.record(0);
      this.#out.view.setUint32(record + NEXT, next, true);
    } catch (thrown) {
      if (!(thrown instanceof RangeError)) throw thrown;
      this.#out.rewind(before);
      return false;
    }
    this.#writeCount(this.#count + 1);
    return true;
  }

  /** A copy of all outcomes, and begins anew. */
  take(): ArrayBuffer {
    const copy = copyOf(this.#out.buffer, this.#out.end);
    this.#writeCount(0);
    this.#out.rewind(FIRST_RECORD);
    return copy;
  }

  #writeCount(count: number): void {
    this.#count = count;
    this.#out.view.setUint32(0, count, true);
  }
}

function copyOf(buffer: ArrayBuffer | SharedArrayBuffer, length: number): ArrayBuffer {
  const copy = new Uint8Array(length);
  copy.set(new Uint8Array(buffer, 0, length));
  return copy.buffer;
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
  out.view.setUint8(record + DELAYED, afterMs === undefined ? 0 : 1);
  out.view.setUint32(record + DELAY, afterMs ?? 0, true);
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

/** Called for each call with the fields of EndedCall: an object for each would be half the cost of a report. */
export type EndedCallReader = (
  number: number,
  outcome: Ending,
  startedMs: number,
  durationMs: number,
  cold: boolean,
) => void;

/**
 * Reads what an OutcomeWriter gave away, or left behind. Messages are views on the buffer, which is theirs. Throws a RangeError or a
 * TypeError when no OutcomeWriter can have written it, in time and memory that are linear in its size.
 */
export function readEndedCalls(packed: ArrayBuffer | SharedArrayBuffer, each: EndedCallReader): void {
  const buffer = packed instanceof ArrayBuffer ? packed : copyOf(packed, packed.byteLength);
  const from = new PackReader(buffer, buffer.byteLength);
  let record = FIRST_RECORD;
  for (let left = from.view.getUint32(0, true); left > 0; left--) {
    each(
      from.view.getUint32(record, true),
      outcomeAt(from, record),
      from.view.getFloat64(record + STARTED, true),
      from.view.getFloat64(record + DURATION, true),
      from.view.getUint8(record + COLD) === 1,
    );
    const next = from.view.getUint32(record + NEXT, true);
    if (next < record + RECORD) throw new RangeError('outcomes overlap');
    record = next;
  }
}

function outcomeAt(from: PackReader, record: number): Ending {
  const kind = KINDS[from.view.getUint8(record + KIND)];
  const cause = CAUSES[from.view.getUint8(record + CAUSE)];
  if (kind === undefined || cause === undefined) throw new TypeError('an outcome is of an unknown kind');
  if (kind === 'completed') return completedAt(from, record + MESSAGES);
  const reason = from.text(record + REASON);
  const afterMs = from.view.getUint32(record + DELAY, true);
  switch (kind) {
    case 'failed':
      return from.view.getUint8(record + DELAYED) === 0 ? { kind, reason } : { kind, reason, afterMs };
    case 'trapped':
      return { kind, reason, cause };
    case 'timed-out':
      return { kind, reason, afterMs };
    case 'rejected':
      return { kind, reason };
  }
}

/** Most have no messages, and share one outcome. */
function completedAt(from: PackReader, field: number): Ending {
  const messages = messagesAt(from, field);
  return messages.length === 0 ? COMPLETED : { kind: 'completed', messages };
}

function messagesAt(from: PackReader, field: number): readonly OutputMessage[] {
  const count = from.view.getUint32(field + 4, true);
  if (count === 0) return NO_MESSAGES;
  from.spend(count * MESSAGE_RECORD);
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
