import { SluiceError } from '#trigger';
import type { AbortedTransactions } from './aborted-transactions.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { codecs, decompress } from './codec/codec.ts';
import { crc32c } from './crc32c.ts';
import type { KafkaRecord } from './kafka-record.ts';
import {
  ATTRIBUTES_AT,
  BATCH_HEADER_SIZE,
  type BatchHeader,
  LENGTH_END,
  MAGIC,
  MAGIC_AT,
  readBatchHeader,
} from './record-batch.ts';
import { readRecords } from './record-reader.ts';

/** What a stretch of the log held from the wanted offset on. */
export interface LogStretch {
  readonly records: readonly KafkaRecord[];
  /** The offset after the last batch that was read whole. */
  readonly next: number;
  /** SLU3402: why nothing was read at `next`, if bytes were there. */
  readonly broken?: SluiceError;
}

export interface LogPlace {
  readonly topic: string;
  readonly partition: number;
  /** The offset that is wanted: a batch may begin before it. */
  readonly offset: number;
}

/**
 * What one fetch may bring, of all partitions together, before the rest is left for the next one: bytes that its batches decompress to, 64 MiB,
 * and records. A batch of the size that every topic takes may hold millions of records, or decompress to a hundred times as much.
 */
export class FetchRoom {
  bytes = 64 * 2 ** 20;
  records = 200_000;

  get isLeft(): boolean {
    return this.bytes > 0 && this.records > 0;
  }
}

/**
 * Reads the batches that a fetch brought of one partition. A batch that is cut off at the end is left for the next fetch; the first one is
 * never cut off by brokers that speak fetch version 3 or later (KIP-74). A batch that can't be read ends the reading, and none of its records
 * is given out.
 */
export async function readLog(
  bytes: Uint8Array,
  place: LogPlace,
  aborted?: AbortedTransactions,
  room = new FetchRoom(),
): Promise<LogStretch> {
  if (!room.isLeft) return { records: [], next: place.offset };
  const reader = new LogReader(place.offset, aborted, room);
  try {
    let begin = 0;
    while (room.isLeft) {
      const size = batchSize(bytes.subarray(begin));
      if (size === undefined) break;
      await reader.read(bytes.subarray(begin, begin + size));
      begin += size;
    }
    if (bytes.byteLength > 0 && begin === 0) throw new Malformed('the batch is cut short');
    if (bytes.byteLength > 0 && reader.next === place.offset)
      throw new Malformed('the broker sent only what is before');
    return { records: reader.records, next: reader.next };
  } catch (error) {
    return { records: reader.records, next: reader.next, broken: brokenAt(place, reader.next, error) };
  }
}

/** What was read of a stretch so far. */
class LogReader {
  readonly records: KafkaRecord[] = [];
  next: number;
  readonly #room: FetchRoom;
  readonly #from: number;
  readonly #aborted: AbortedTransactions | undefined;
  #lastOffset = -1;

  constructor(from: number, aborted: AbortedTransactions | undefined, room: FetchRoom) {
    this.#room = room;
    this.next = from;
    this.#from = from;
    this.#aborted = aborted;
  }

  /** Adds the records of one batch: none if it can't be read, and no more than there is room for. */
  async read(bytes: Uint8Array): Promise<void> {
    const reader = new ByteReader(bytes);
    const batch = readBatchHeader(reader);
    const checksum = crc32c(bytes.subarray(ATTRIBUTES_AT));
    if (checksum !== batch.checksum) throw new Malformed(`the checksum is ${checksum}, wanted ${batch.checksum}`);
    if (batch.baseOffset <= this.#lastOffset) {
      throw new Malformed(`the base offset ${batch.baseOffset} comes after ${this.#lastOffset}`);
    }
    if (batch.control) this.#aborted?.control(batch, reader);
    else if (!this.#aborted?.covers(batch) && batch.lastOffset >= this.#from) {
      const isWhole = await this.#readRecords(batch, reader);
      const last = this.records.at(-1);
      // The next fetch begins within this batch, and brings it once more.
      if (!isWhole && last !== undefined) {
        this.next = last.offset + 1;
        return;
      }
    }
    this.#lastOffset = batch.lastOffset;
    this.next = Math.max(this.next, batch.lastOffset + 1);
  }

  async #readRecords(batch: BatchHeader, reader: ByteReader): Promise<boolean> {
    if (batch.count === 0) return true;
    const before = this.records.length;
    try {
      const plain = await decompress(batch.codec, reader.take(reader.left));
      if (batch.codec !== codecs.none) this.#room.bytes -= plain.byteLength;
      const most = before + this.#room.records;
      const isWhole = readRecords(new ByteReader(plain), batch, this.#from, this.records, most);
      this.#room.records -= this.records.length - before;
      return isWhole;
    } catch (error) {
      this.records.length = before;
      throw error;
    }
  }
}

/** How many bytes the first batch takes; undefined if it is not there as a whole. */
function batchSize(bytes: Uint8Array): number | undefined {
  const reader = new ByteReader(bytes);
  if (reader.left <= MAGIC_AT) return undefined;
  reader.position = MAGIC_AT;
  const magic = reader.int8();
  if (magic === 0 || magic === 1) {
    throw new Malformed(
      `the batch is in the message format ${magic}, which ended with Kafka 0.11: write the topic anew`,
    );
  }
  if (magic !== MAGIC) throw new Malformed(`the magic byte is ${magic}, wanted ${MAGIC}`);
  reader.position = LENGTH_END - 4;
  const size = LENGTH_END + reader.int32();
  if (size < BATCH_HEADER_SIZE) throw new Malformed(`the batch claims a size of ${size} bytes`);
  return size <= bytes.byteLength ? size : undefined;
}

function brokenAt({ topic, partition }: LogPlace, offset: number, cause: unknown): SluiceError {
  const message = `${topic}, partition ${partition} cannot be read from offset ${offset} on: ${reason(cause)}`;
  return new SluiceError('SLU3402', message, { cause });
}

function reason(cause: unknown): string {
  // Reading past the end throws one without a code; zlib gives its own codes, for too much output too.
  if (cause instanceof RangeError && !('code' in cause)) return 'the batch is cut short';
  return cause instanceof Error ? cause.message : String(cause);
}
