import { SluiceError } from '#trigger';
import type { AbortedTransactions } from './aborted-transactions.ts';
import { ByteReader, Malformed } from './byte-reader.ts';
import { decompress } from './codec/codec.ts';
import { crc32c } from './crc32c.ts';
import type { KafkaRecord } from './kafka-record.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_SIZE, LENGTH_END, MAGIC, MAGIC_AT, readBatchHeader } from './record-batch.ts';
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
 * Reads the batches that a fetch brought of one partition. A batch that is cut off at the end is left for the next fetch; the first one is
 * never cut off by brokers that speak fetch version 3 or later (KIP-74). A batch that can't be read ends the reading, and none of its records
 * is given out.
 */
export async function readLog(bytes: Uint8Array, place: LogPlace, aborted?: AbortedTransactions): Promise<LogStretch> {
  const records: KafkaRecord[] = [];
  let next = place.offset;
  let begin = 0;
  let expected = 0;
  try {
    for (;;) {
      const size = batchSize(bytes.subarray(begin));
      if (size === undefined) break;
      const batch = bytes.subarray(begin, begin + size);
      const lastOffset = await readBatch(batch, expected, place.offset, records, aborted);
      expected = lastOffset + 1;
      next = Math.max(next, expected);
      begin += size;
    }
    if (next === place.offset && bytes.byteLength > 0) throw new Malformed('the batch is cut short');
    return { records, next };
  } catch (error) {
    return { records, next, broken: brokenAt(place, next, error) };
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

/** Adds the records of one batch to `records`, all or none, and returns its last offset. */
async function readBatch(
  bytes: Uint8Array,
  expected: number,
  from: number,
  records: KafkaRecord[],
  aborted: AbortedTransactions | undefined,
): Promise<number> {
  const reader = new ByteReader(bytes);
  const batch = readBatchHeader(reader);
  const checksum = crc32c(bytes.subarray(ATTRIBUTES_AT));
  if (checksum !== batch.checksum) throw new Malformed(`the checksum is ${checksum}, wanted ${batch.checksum}`);
  if (batch.baseOffset < expected)
    throw new Malformed(`the base offset ${batch.baseOffset} comes after ${expected - 1}`);
  if (batch.control) {
    aborted?.control(batch, reader);
    return batch.lastOffset;
  }
  if (aborted?.covers(batch) || batch.lastOffset < from || batch.count === 0) return batch.lastOffset;
  const before = records.length;
  try {
    const plain = batch.codec === 0 ? reader : new ByteReader(await decompress(batch.codec, reader.take(reader.left)));
    readRecords(plain, batch, from, records);
  } catch (error) {
    records.length = before;
    throw error;
  }
  return batch.lastOffset;
}

function brokenAt({ topic, partition }: LogPlace, offset: number, cause: unknown): SluiceError {
  const message = `${topic}, partition ${partition} can not be read from offset ${offset} on: ${reason(cause)}`;
  return new SluiceError('SLU3402', message, { cause });
}

function reason(cause: unknown): string {
  // Reading past the end throws one without a code; zlib gives its own codes, for too much output too.
  if (cause instanceof RangeError && !('code' in cause)) return 'the batch is cut short';
  return cause instanceof Error ? cause.message : String(cause);
}
