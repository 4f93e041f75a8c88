import { ByteWriter, varintSize, varlongSize } from './byte-writer.ts';
import { codecs, compress } from './codec/codec.ts';
import { crc32c } from './crc32c.ts';
import type { KafkaRecord } from './kafka-record.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_SIZE, CHECKSUM_AT, LENGTH_END, MAGIC, TRANSACTIONAL } from './record-batch.ts';

/** A record on its way into a batch. */
export interface UnwrittenRecord extends Pick<KafkaRecord, 'key' | 'value' | 'headers'> {
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface BatchOptions {
  /** 0 none, 1 gzip, 2 snappy, 3 lz4, 4 zstd. */
  readonly codec: number;
  /** -1 without idempotence; then epoch and sequence are -1 too. */
  readonly producerId: bigint;
  readonly producerEpoch: number;
  readonly firstSequence: number;
  readonly transactional: boolean;
}

/** One record batch (magic 2) of at least one record. Its offsets begin at 0: the broker gives the real ones. */
export async function writeRecordBatch(records: readonly UnwrittenRecord[], options: BatchOptions): Promise<Buffer> {
  const now = Date.now();
  const times = records.map(({ timestamp }) => timestamp ?? now);
  const [baseTimestamp = now] = times;
  const sizes = records.map((record, n) => recordSize(record, n, times[n]! - baseTimestamp));
  const plainSize = sizes.reduce((sum, size) => sum + varintSize(size) + size, 0);
  const plain = new ByteWriter(options.codec === codecs.none ? BATCH_HEADER_SIZE + plainSize : plainSize);
  if (options.codec === codecs.none) plain.position = BATCH_HEADER_SIZE;
  for (const [n, record] of records.entries()) writeRecord(plain, record, sizes[n]!, n, times[n]! - baseTimestamp);
  return writeHeader(await packed(plain, options.codec), records.length, baseTimestamp, maximum(times), options);
}

/** The records, compressed, with room for the header before them. */
async function packed(plain: ByteWriter, codec: number): Promise<ByteWriter> {
  if (codec === codecs.none) return plain;
  const compressed = await compress(codec, plain.bytes);
  const batch = new ByteWriter(BATCH_HEADER_SIZE + compressed.byteLength);
  batch.position = BATCH_HEADER_SIZE;
  batch.raw(compressed);
  return batch;
}

function writeHeader(
  batch: ByteWriter,
  count: number,
  baseTimestamp: number,
  maxTimestamp: number,
  { codec, producerId, producerEpoch, firstSequence, transactional }: BatchOptions,
): Buffer {
  batch.position = 0;
  batch.int64(0n);
  batch.int32(batch.bytes.byteLength - LENGTH_END);
  // The leader's epoch, which the broker sets.
  batch.int32(-1);
  batch.int8(MAGIC);
  batch.position = ATTRIBUTES_AT;
  batch.int16(codec | (transactional ? TRANSACTIONAL : 0));
  batch.int32(count - 1);
  batch.int64(BigInt(baseTimestamp));
  batch.int64(BigInt(maxTimestamp));
  batch.int64(producerId);
  batch.int16(producerEpoch);
  batch.int32(firstSequence);
  batch.int32(count);
  batch.position = CHECKSUM_AT;
  batch.uint32(crc32c(batch.bytes.subarray(ATTRIBUTES_AT)));
  return batch.bytes;
}

/** Without the length before it. */
function recordSize({ key, value, headers }: UnwrittenRecord, offset: number, time: number): number {
  let size =
    1 + varlongSize(time) + varintSize(offset) + bytesSize(key) + bytesSize(value) + varintSize(headers.length);
  for (const [name, value] of headers) {
    const length = Buffer.byteLength(name);
    size += varintSize(length) + length + bytesSize(value);
  }
  return size;
}

function bytesSize(bytes: Uint8Array | null): number {
  return bytes === null ? 1 : varintSize(bytes.byteLength) + bytes.byteLength;
}

function writeRecord(batch: ByteWriter, record: UnwrittenRecord, size: number, offset: number, time: number): void {
  batch.varint(size);
  batch.int8(0);
  batch.varlong(time);
  batch.varint(offset);
  batch.varBytes(record.key);
  batch.varBytes(record.value);
  batch.varint(record.headers.length);
  for (const [name, value] of record.headers) {
    batch.varint(Buffer.byteLength(name));
    batch.text(name);
    batch.varBytes(value);
  }
}

function maximum(times: readonly number[]): number {
  return times.reduce((latest, time) => Math.max(latest, time));
}
