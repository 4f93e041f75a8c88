import { MalformedAnswer } from '../../../contract/contract.ts';
import { OutputTooLarge } from '../../../component/glue/glue-boundary.ts';
import { LONGEST_REASON, shortened } from '../../../bounded-text.ts';
import type { Header } from '../../../event.ts';
import type { Ending } from '../../wire/outcome-batch.ts';
import { HEADER_BYTES, MESSAGE_BYTES, type OutputMessage } from '../../../outcome.ts';
import type { GuestMemory } from './guest-memory.ts';

/** `result<list<message>, failure>` of wit/event.wit as the canonical ABI lays it out: its case, then the messages or the failure. */
const RESULT = 24;
const MESSAGES = 4;
const FAILURE = 4;
const REASON = 8;
const AFTER_MS = 16;

/** `record message`. */
const MESSAGE = 48;
const TO = 0;
const KEY = 8;
const CONTENT_TYPE = 20;
const HEADERS = 32;
const DATA = 40;

const HEADER = 16;

/** What the answers of one call for many events may weigh together, unless the answer for one event may weigh more. */
const MOST_TOGETHER = 64 * 2 ** 20;

/** UTF-8 takes three bytes at most for one UTF-16 code unit, which is what a text weighs. */
const MOST_BYTES_PER_UNIT = 3;
/** Enough to see that it is longer than what is kept. */
const MOST_REASON_BYTES = MOST_BYTES_PER_UNIT * (LONGEST_REASON + 2);

/**
 * Reads a guest's answers out of its memory: every address, count, case and text is checked before anything is allocated for it, and so is
 * what they weigh together. Lists may overlap: a million messages may share the same bytes, and be copied a million times.
 */
export class AnswerLifter {
  readonly #guest: GuestMemory;
  readonly #mostBytes: number;
  /** What the answer that is being read may still hold. */
  #left = 0;

  /** `mostBytes`: what the messages for one event may weigh together; see `outputBytes`. */
  constructor(guest: GuestMemory, mostBytes: number) {
    this.#guest = guest;
    this.#mostBytes = mostBytes;
  }

  /** The one answer at `address`, or an ending when it is too large. Throws a MalformedAnswer. */
  one(address: number): Ending {
    this.#guest.checkRows(address, 1, RESULT, 4, 'the answer');
    return this.#answer(address);
  }

  /**
   * The answers whose list is noted at `address`, one for each event, as `one` reads them. Throws a MalformedAnswer, and OutputTooLarge when
   * all together are too large to be held at once: its events have to be handed over one by one then.
   */
  many(address: number, wanted: number): Ending[] {
    this.#guest.checkRows(address, 1, 8, 4, 'the list of answers');
    const list = this.#u32(address);
    const count = this.#u32(address + 4);
    if (count !== wanted) throw new MalformedAnswer(`wanted an answer for each of ${wanted} events, got ${count}`);
    this.#guest.checkRows(list, count, RESULT, 4, 'the answers');
    const most = Math.max(MOST_TOGETHER, this.#mostBytes);
    let together = 0;
    return Array.from({ length: count }, (_, n) => {
      const answer = this.#answer(list + n * RESULT);
      if (answer.kind === 'completed') together += this.#mostBytes - this.#left;
      if (together > most) throw new OutputTooLarge(`the answers for ${count} events have more than ${most} bytes`);
      return answer;
    });
  }

  #answer(at: number): Ending {
    this.#left = this.#mostBytes;
    try {
      return this.#isSecondCase(at, 'a result') ? this.#failure(at) : this.#completed(at + MESSAGES);
    } catch (thrown) {
      if (!(thrown instanceof OutputTooLarge)) throw thrown;
      return { kind: 'trapped', cause: 'output-too-large', reason: thrown.message };
    }
  }

  #failure(at: number): Ending {
    const isRejection = this.#isSecondCase(at + FAILURE, 'a failure');
    const reason = this.#reason(at + REASON, isRejection ? 'reject' : 'retry.reason');
    if (isRejection) return { kind: 'rejected', reason };
    const isDelayed = this.#isSecondCase(at + AFTER_MS, 'retry.after-ms');
    return isDelayed ? { kind: 'failed', reason, afterMs: this.#u32(at + AFTER_MS + 4) } : { kind: 'failed', reason };
  }

  #completed(field: number): Ending {
    return { kind: 'completed', messages: this.#messages(field) };
  }

  #messages(field: number): OutputMessage[] {
    const count = this.#u32(field + 4);
    const table = this.#u32(field);
    this.#guest.checkRows(table, count, MESSAGE, 4, 'the messages'); // first: a list that can't be is malformed, not large
    this.#weigh(count * MESSAGE_BYTES);
    const messages: OutputMessage[] = [];
    for (let n = 0; n < count; n++) messages.push(this.#message(table + n * MESSAGE));
    return messages;
  }

  #message(row: number): OutputMessage {
    const to = this.#text(row + TO, 'message.to');
    const key = this.#isSecondCase(row + KEY, 'message.key') ? this.#data(row + KEY + 4, 'message.key') : undefined;
    const contentType = this.#isSecondCase(row + CONTENT_TYPE, 'message.content-type')
      ? this.#text(row + CONTENT_TYPE + 4, 'message.content-type')
      : undefined;
    const headers = this.#headers(row + HEADERS);
    const data = this.#data(row + DATA, 'message.data');
    // Absent options are present as `undefined`: readers treat that alike, and one shape keeps them fast.
    return { to, key, contentType, headers, data } as OutputMessage;
  }

  #headers(field: number): Header[] {
    const count = this.#u32(field + 4);
    const table = this.#u32(field);
    this.#guest.checkRows(table, count, HEADER, 4, 'message.headers');
    this.#weigh(count * HEADER_BYTES);
    const headers: Header[] = [];
    for (let row = table; row < table + count * HEADER; row += HEADER) {
      headers.push([this.#text(row, 'the name of a header'), this.#text(row + 8, 'the value of a header')]);
    }
    return headers;
  }

  #text(field: number, what: string): string {
    const address = this.#u32(field);
    const length = this.#u32(field + 4);
    this.#guest.checkRows(address, length, 1, 1, what);
    this.#weigh(Math.ceil(length / MOST_BYTES_PER_UNIT));
    return this.#guest.text(address, length, what);
  }

  /** Of a longer one, no more is decoded than is kept. */
  #reason(field: number, what: string): string {
    const address = this.#u32(field);
    const length = this.#u32(field + 4);
    this.#guest.checkRows(address, length, 1, 1, what);
    const isLong = length > MOST_REASON_BYTES;
    const text = isLong
      ? this.#guest.textStart(address, MOST_REASON_BYTES, what)
      : this.#guest.text(address, length, what);
    return shortened(text, LONGEST_REASON);
  }

  #data(field: number, what: string): Uint8Array {
    const address = this.#u32(field);
    const length = this.#u32(field + 4);
    this.#guest.checkRows(address, length, 1, 1, what);
    this.#weigh(length);
    return this.#guest.data(address, length);
  }

  /** Whether the variant at that address has its second case of two: `err`, `reject`, `some`. */
  #isSecondCase(at: number, what: string): boolean {
    const found = this.#guest.view.getUint8(at);
    if (found > 1) throw new MalformedAnswer(`${what} has case ${found}, and there are two`);
    return found === 1;
  }

  #u32(at: number): number {
    return this.#guest.view.getUint32(at, true);
  }

  #weigh(bytes: number): void {
    this.#left -= bytes;
    if (this.#left >= 0) return;
    const atLeast = this.#mostBytes - this.#left;
    throw new OutputTooLarge(`the messages have at least ${atLeast} bytes, limits.output_size is ${this.#mostBytes}`);
  }
}
