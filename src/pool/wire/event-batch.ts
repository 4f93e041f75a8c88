import type { GuestEvent } from '../../contract/contract.ts';
import type { Header, TriggerEvent } from '../../event.ts';
import { PackReader, PackWriter } from './pack.ts';

/**
 * Events on their way to a thread, packed into one buffer:
 *
 *     0   u32  number of records
 *     4   u32  revocations that came before it, see Claims
 *     8        records, RECORD bytes each
 *     ...      the byte ranges that they refer to
 *
 * A record is a head of ours and then `record event` of wit/event.wit exactly as the canonical ABI lays it out, with offsets into this
 * buffer in place of addresses:
 *
 *     0   u32  call number             32  u32  subject offset, length  72  u32  attempt
 *     4   u32  timeout in milliseconds 40  u64  time                    76  u32  headers: offset of the table, rows
 *     8   u8   1: not with others      48  u8   key present             84  u32  data offset, length
 *     9   u8   1: continues its chain  52  u32  key offset, length      92       (padding to a multiple of 8)
 *     12  u32  chain, 0 for none       60  u8   content type present
 *     16  u32  id offset, length       64  u32  content type
 *     24  u32  source offset, length
 *
 * So a guest's memory can be written straight from it: copy the ranges, then the record with their new addresses.
 */
const REVOCATIONS = 4;
const FIRST_RECORD = 8;
const RECORD = 96;
const TIMEOUT = 4;
const ALONE = 8;
const CONTINUES = 9;
const CHAIN = 12;
/** Where `record event` begins in a record. */
const EVENT = 16;

/** Size of `record event` and offsets of its fields by the canonical ABI. */
export const EVENT_RECORD = {
  BYTES: 80,
  ID: 0,
  SOURCE: 8,
  SUBJECT: 16,
  TIME: 24,
  KEY: 32,
  CONTENT_TYPE: 44,
  ATTEMPT: 56,
  HEADERS: 60,
  DATA: 68,
} as const;

const ID = EVENT + EVENT_RECORD.ID;
const SOURCE = EVENT + EVENT_RECORD.SOURCE;
const SUBJECT = EVENT + EVENT_RECORD.SUBJECT;
const TIME = EVENT + EVENT_RECORD.TIME;
const KEY = EVENT + EVENT_RECORD.KEY;
const CONTENT_TYPE = EVENT + EVENT_RECORD.CONTENT_TYPE;
const ATTEMPT = EVENT + EVENT_RECORD.ATTEMPT;
const HEADERS = EVENT + EVENT_RECORD.HEADERS;
const DATA = EVENT + EVENT_RECORD.DATA;

/** What a guest gets. */
interface Handed {
  readonly event: TriggerEvent;
  readonly attempt: number;
  /** Added to those of the event. */
  readonly extraHeaders: readonly Header[];
}

/** What a thread is to know of a call beside its event. */
export interface RecordHead {
  /** How outcomes and logs refer to the call; at least 1. */
  readonly number: number;
  readonly timeoutMs: number;
  /** Whether it must not share a guest call with other events. */
  readonly alone: boolean;
  /** At least 1. Calls of one chain run one at a time, in order. Absent: of none. */
  readonly chainNumber?: number;
  /** Whether the thread may still have one ahead of it in its chain. It doesn't run then unless that completed. */
  readonly continues?: boolean;
}

/** Packs calls into a buffer that came back from a thread, or a new one. */
export class EventBatchWriter {
  readonly #out: PackWriter;
  /** Neighbours of one source mostly share these; then they share the bytes too. */
  readonly #source = new LastText();
  readonly #subject = new LastText();
  readonly #contentType = new LastText();
  #count = 0;

  /** `room`: the most events that will be added. */
  constructor(buffer: ArrayBuffer, room: number) {
    this.#out = new PackWriter(buffer, FIRST_RECORD + room * RECORD);
  }

  get count(): number {
    return this.#count;
  }

  /** Bytes in use. */
  get bytes(): number {
    return this.#out.end;
  }

  /** Throws when the event can't be packed; the batch is as it was then. */
  add(
    { event, attempt, extraHeaders }: Handed,
    { number, timeoutMs, alone, chainNumber = 0, continues = false }: RecordHead,
  ): void {
    const out = this.#out;
    const record = FIRST_RECORD + this.#count * RECORD;
    out.view.setUint32(record, number, true);
    out.view.setUint32(record + TIMEOUT, Math.ceil(timeoutMs), true);
    out.view.setUint8(record + ALONE, alone ? 1 : 0);
    out.view.setUint8(record + CONTINUES, continues ? 1 : 0);
    out.view.setUint32(record + CHAIN, chainNumber, true);
    out.text(record + ID, event.id);
    this.#source.write(out, record + SOURCE, event.source);
    this.#subject.write(out, record + SUBJECT, event.subject);
    out.view.setBigUint64(record + TIME, event.time, true);
    out.view.setUint8(record + KEY, event.key === undefined ? 0 : 1);
    if (event.key !== undefined) out.data(record + KEY + 4, event.key);
    out.view.setUint8(record + CONTENT_TYPE, event.contentType === undefined ? 0 : 1);
    if (event.contentType !== undefined) this.#contentType.write(out, record + CONTENT_TYPE + 4, event.contentType);
    out.view.setUint32(record + ATTEMPT, attempt, true);
    out.headers(record + HEADERS, event.headers, extraHeaders);
    out.data(record + DATA, event.data);
    this.#count += 1;
  }

  /** The finished buffer, to be transferred. */
  finish(revocations: number): ArrayBuffer {
    this.#out.view.setUint32(0, this.#count, true);
    this.#out.view.setUint32(REVOCATIONS, revocations, true);
    // It began as one, and only its like replaces it.
    return this.#out.buffer as ArrayBuffer;
  }
}

/** The same batch in its thread. */
export class EventBatch {
  readonly count: number;
  readonly #in: PackReader;
  readonly #source = new LastText();
  readonly #subject = new LastText();
  readonly #contentType = new LastText();

  constructor(buffer: ArrayBuffer) {
    this.#in = new PackReader(buffer);
    this.count = this.#in.view.getUint32(0, true);
  }

  /** To be transferred back when no event of it is needed any more. */
  get buffer(): ArrayBuffer {
    return this.#in.buffer;
  }

  get revocations(): number {
    return this.#in.view.getUint32(REVOCATIONS, true);
  }

  number(index: number): number {
    return this.#in.view.getUint32(FIRST_RECORD + index * RECORD, true);
  }

  timeoutMs(index: number): number {
    return this.#in.view.getUint32(FIRST_RECORD + index * RECORD + TIMEOUT, true);
  }

  alone(index: number): boolean {
    return this.#in.view.getUint8(FIRST_RECORD + index * RECORD + ALONE) === 1;
  }

  /** 0: of none. */
  chain(index: number): number {
    return this.#in.view.getUint32(FIRST_RECORD + index * RECORD + CHAIN, true);
  }

  continues(index: number): boolean {
    return this.#in.view.getUint8(FIRST_RECORD + index * RECORD + CONTINUES) === 1;
  }

  /** The whole buffer, in which the offsets of records lead. */
  get bytes(): Uint8Array {
    return this.#in.bytes;
  }

  get view(): DataView {
    return this.#in.view;
  }

  /** Where an event's `record event` is, laid out as EVENT_RECORD says. */
  recordOf(index: number): number {
    return FIRST_RECORD + index * RECORD + EVENT;
  }

  /** Key and data are views on the buffer. */
  event(index: number): GuestEvent {
    const from = this.#in;
    const record = FIRST_RECORD + index * RECORD;
    const event = {
      id: from.text(record + ID),
      source: this.#source.read(from, record + SOURCE),
      subject: this.#subject.read(from, record + SUBJECT),
      time: from.view.getBigUint64(record + TIME, true),
      key: from.view.getUint8(record + KEY) === 0 ? undefined : from.data(record + KEY + 4),
      contentType:
        from.view.getUint8(record + CONTENT_TYPE) === 0
          ? undefined
          : this.#contentType.read(from, record + CONTENT_TYPE + 4),
      attempt: from.view.getUint32(record + ATTEMPT, true),
      headers: from.headers(record + HEADERS),
      data: from.data(record + DATA),
    };
    // Absent options are present as `undefined`, so that all events have one shape and the generated code stays fast.
    return event as GuestEvent;
  }
}

/** One text of the previous record, so that an equal one in the next is neither encoded nor decoded again. */
class LastText {
  #text = '';
  #offset = 0;
  #length = 0;

  write(out: PackWriter, field: number, text: string): void {
    if (text === this.#text) {
      out.range(field, this.#offset, this.#length);
      return;
    }
    out.text(field, text);
    this.#text = text;
    this.#offset = out.view.getUint32(field, true);
    this.#length = out.view.getUint32(field + 4, true);
  }

  read(from: PackReader, field: number): string {
    const offset = from.view.getUint32(field, true);
    const length = from.view.getUint32(field + 4, true);
    if (offset === this.#offset && length === this.#length) return this.#text;
    this.#offset = offset;
    this.#length = length;
    this.#text = from.text(field);
    return this.#text;
  }
}
