import { type ByteReader, Malformed } from './byte-reader.ts';

/**
 * The header of a record batch (magic 2, since Kafka 0.11; KIP-98): 61 bytes, then the records, compressed as one. The checksum covers what
 * follows it.
 *
 *     0 base offset   8 length of what follows   12 leader epoch   16 magic   17 checksum   21 attributes   23 last offset delta
 *     27 base timestamp   35 max timestamp   43 producer id   51 producer epoch   53 base sequence   57 count of records   61 records
 */
export const BATCH_HEADER_SIZE = 61;
/** Base offset and length: what stands before the bytes that the length counts. */
export const LENGTH_END = 12;
export const MAGIC_AT = 16;
export const CHECKSUM_AT = 17;
export const ATTRIBUTES_AT = 21;
export const MAGIC = 2;
export const TRANSACTIONAL = 0x10;

const CODEC = 0x07;
const LOG_APPEND_TIME = 0x08;
const CONTROL = 0x20;

export interface BatchHeader {
  readonly baseOffset: number;
  /** The last offset that the batch ever had: compaction may have taken its record, and all others. */
  readonly lastOffset: number;
  readonly checksum: number;
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  readonly transactional: boolean;
  /** It holds no data, but the end of a transaction. */
  readonly control: boolean;
  readonly baseTimestamp: number;
  /** When the broker stored the batch, if the topic keeps that instead of the producers' times. */
  readonly appendTime: number | undefined;
  /** -1 without idempotence. */
  readonly producerId: bigint;
  readonly count: number;
}

/** Reads the header that stands at the reader's position, up to the records. */
export function readBatchHeader(reader: ByteReader): BatchHeader {
  const baseOffset = reader.int64();
  reader.position += 9;
  const checksum = reader.int32() >>> 0;
  const attributes = reader.int16();
  const lastOffset = baseOffset + reader.int32();
  const baseTimestamp = reader.int64();
  const maxTimestamp = reader.int64();
  const producerId = reader.bigInt64();
  reader.position += 6;
  const count = reader.int32();
  if (!(baseOffset >= 0 && lastOffset >= baseOffset && Number.isSafeInteger(lastOffset))) {
    throw new Malformed(`the batch claims the offsets ${baseOffset} to ${lastOffset}`);
  }
  if (count < 0) throw new Malformed(`the batch claims ${count} records`);
  return {
    baseOffset,
    lastOffset,
    checksum,
    codec: attributes & CODEC,
    transactional: (attributes & TRANSACTIONAL) !== 0,
    control: (attributes & CONTROL) !== 0,
    baseTimestamp,
    appendTime: (attributes & LOG_APPEND_TIME) === 0 ? undefined : maxTimestamp,
    producerId,
    count,
  };
}
