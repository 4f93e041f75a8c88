import type { Msg } from '@nats-io/transport-node';
import { rawParts } from '../messages/header-block.ts';
import type { Shelf } from '../messages/mailbox.ts';

/** As much as the client reads from its socket at once. What is taken of a block, and held for long, holds the block. */
const BLOCK_BYTES = 64 * 1024;
/** Before the bytes of a message: the lengths of its subject, reply, headers and data. */
const HEAD_BYTES = 16;

const decoder = new TextDecoder();
const WITHOUT_HEADERS = { hdr: 0 };

/** A message as it came. `data` is a view on a block, where the headers are before it: `headersOf` reads it as one of the client's. */
export interface PackedMessage {
  readonly subject: string;
  /** Where its sender waits for an answer; empty: nowhere. */
  readonly reply: string;
  readonly data: Uint8Array;
  readonly _msg: { readonly hdr: number };
}

interface Block {
  readonly bytes: Buffer;
  readonly view: DataView;
  /** Where the next message goes. What was written once stays as it is. */
  end: number;
}

/**
 * Messages that wait, packed into blocks of bytes, the oldest first. A large `buffer` can hold hundreds of thousands; as the client's objects, of
 * five hundred bytes each, the collector would copy them twice and then mark them, which cost a sixth of all that a message did (measured).
 */
export class PackedMessages implements Shelf<Msg, PackedMessage> {
  /** The first is read from, the last is written to. */
  readonly #blocks: Block[] = [];
  /** Where the oldest message begins in the first block. */
  #at = 0;
  #size = 0;
  #lastSubject = '';
  #lastSubjectBytes = Buffer.alloc(0);

  get size(): number {
    return this.#size;
  }

  put(msg: Msg): void {
    const { subject, reply, content, headerBytes } = rawParts(msg);
    const block = this.#blockFor(HEAD_BYTES + subject.byteLength + reply.byteLength + content.byteLength);
    const { bytes, view, end } = block;
    view.setUint32(end, subject.byteLength);
    view.setUint32(end + 4, reply.byteLength);
    view.setUint32(end + 8, headerBytes);
    view.setUint32(end + 12, content.byteLength - headerBytes);
    let at = end + HEAD_BYTES;
    bytes.set(subject, at);
    at += subject.byteLength;
    if (reply.byteLength > 0) bytes.set(reply, at);
    at += reply.byteLength;
    bytes.set(content, at);
    block.end = at + content.byteLength;
    this.#size += 1;
  }

  take(most: number): PackedMessage[] {
    const taken: PackedMessage[] = [];
    for (let left = Math.min(most, this.#size); left > 0; left -= 1) taken.push(this.#shift());
    this.#size -= taken.length;
    return taken;
  }

  #blockFor(bytes: number): Block {
    const last = this.#blocks.at(-1);
    if (last !== undefined && last.end + bytes <= last.bytes.byteLength) return last;
    const buffer = Buffer.allocUnsafeSlow(Math.max(BLOCK_BYTES, bytes));
    const block = { bytes: buffer, view: new DataView(buffer.buffer), end: 0 };
    this.#blocks.push(block);
    return block;
  }

  #shift(): PackedMessage {
    let block = this.#blocks[0]!; // it is called only while there is a message
    if (this.#at === block.end) {
      this.#blocks.shift();
      this.#at = 0;
      block = this.#blocks[0]!;
    }
    const { bytes, view } = block;
    const subject = this.#at + HEAD_BYTES;
    const reply = subject + view.getUint32(this.#at);
    const headers = reply + view.getUint32(this.#at + 4);
    const data = headers + view.getUint32(this.#at + 8);
    this.#at = data + view.getUint32(this.#at + 12);
    return {
      subject: this.#subject(bytes, subject, reply),
      reply: reply === headers ? '' : decoder.decode(bytes.subarray(reply, headers)),
      data: new Uint8Array(bytes.buffer, data, this.#at - data),
      _msg: headers === data ? WITHOUT_HEADERS : { hdr: data - headers },
    };
  }

  /** Neighbours mostly have the same. */
  #subject(bytes: Buffer, begin: number, end: number): string {
    if (bytes.compare(this.#lastSubjectBytes, 0, this.#lastSubjectBytes.byteLength, begin, end) !== 0) {
      this.#lastSubjectBytes = Buffer.from(bytes.subarray(begin, end));
      this.#lastSubject = decoder.decode(this.#lastSubjectBytes);
    }
    return this.#lastSubject;
  }
}
