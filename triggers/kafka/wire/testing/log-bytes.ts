import { crc32c } from '../crc32c.ts';
import { ATTRIBUTES_AT, BATCH_HEADER_SIZE, CHECKSUM_AT, LENGTH_END } from '../record-batch.ts';
import { type BatchOptions, type UnwrittenRecord, writeRecordBatch } from '../record-batch-writer.ts';

const CONTROL = 0x20;
const LAST_OFFSET_DELTA_AT = 23;
const COUNT_AT = 57;

/** A batch as the broker keeps it, from `offset` on. */
export async function batchAt(
  offset: number,
  records: readonly UnwrittenRecord[],
  options: Partial<BatchOptions> = {},
): Promise<Buffer> {
  const batch = await writeRecordBatch(records, {
    codec: 0,
    producerId: -1n,
    producerEpoch: -1,
    firstSequence: -1,
    transactional: false,
    ...options,
  });
  batch.writeBigInt64BE(BigInt(offset));
  return batch;
}

/** What compaction leaves of a batch when it takes all of its records: the header, up to its last offset. */
export function emptied(batch: Buffer, lastOffset = Number(batch.readBigInt64BE())): Buffer {
  const header = Buffer.from(batch.subarray(0, BATCH_HEADER_SIZE));
  header.writeInt32BE(BATCH_HEADER_SIZE - LENGTH_END, LENGTH_END - 4);
  header.writeInt32BE(lastOffset - Number(header.readBigInt64BE()), LAST_OFFSET_DELTA_AT);
  header.writeInt32BE(0, COUNT_AT);
  return sealed(header);
}

/** The end of a producer's transaction. */
export async function controlBatch(offset: number, producerId: bigint, type: 'abort' | 'commit'): Promise<Buffer> {
  const key = Uint8Array.of(0, 0, 0, type === 'abort' ? 0 : 1);
  const value = Uint8Array.of(0, 0, 0, 0, 0, 0);
  const batch = await batchAt(offset, [{ key, value, headers: [] }], { producerId, transactional: true });
  batch.writeInt16BE(batch.readInt16BE(ATTRIBUTES_AT) | CONTROL, ATTRIBUTES_AT);
  return sealed(batch);
}

/** The same bytes with the right checksum. */
export function sealed(batch: Buffer): Buffer {
  batch.writeUInt32BE(crc32c(batch.subarray(ATTRIBUTES_AT)), CHECKSUM_AT);
  return batch;
}

export function record(value: string, key: string | Uint8Array | null = null): UnwrittenRecord {
  return { key: key === null ? null : Buffer.from(key), value: Buffer.from(value), headers: [], timestamp: 1 };
}
