import { ByteWriter } from './byte-writer.ts';
import { type BatchOptions, type UnwrittenRecord, writeRecordBatch } from './record-batch-writer.ts';

/** The versions of the produce request that `writeProduceRequest` writes: they are alike. */
export const PRODUCE_VERSIONS = { first: 3, last: 7 } as const;

export interface ProduceRequest extends Omit<BatchOptions, 'firstSequence' | 'transactional'> {
  readonly transactionalId: string | null;
  /** -1: all in-sync replicas. */
  readonly acks: number;
  readonly timeoutMs: number;
  readonly topics: readonly ProducedTopic[];
}

export interface ProducedTopic {
  readonly topic: string;
  readonly partitions: readonly ProducedPartition[];
}

export interface ProducedPartition {
  readonly partition: number;
  readonly firstSequence: number;
  readonly records: readonly UnwrittenRecord[];
}

/** Writes the body of a produce request (https://kafka.apache.org/protocol#The_Messages_Produce), one batch for each partition. */
export async function writeProduceRequest(request: ProduceRequest): Promise<Buffer> {
  const transactional = request.transactionalId !== null;
  const topics: { topic: string; batches: { partition: number; bytes: Buffer }[] }[] = [];
  let size = stringSize(request.transactionalId ?? '') + 2 + 4 + 4;
  for (const { topic, partitions } of request.topics) {
    const batches: { partition: number; bytes: Buffer }[] = [];
    size += stringSize(topic) + 4;
    for (const { partition, firstSequence, records } of partitions) {
      const bytes = await writeRecordBatch(records, { ...request, firstSequence, transactional });
      batches.push({ partition, bytes });
      size += 4 + 4 + bytes.byteLength;
    }
    topics.push({ topic, batches });
  }
  const writer = new ByteWriter(size);
  writer.string(request.transactionalId);
  writer.int16(request.acks);
  writer.int32(request.timeoutMs);
  writer.int32(topics.length);
  for (const { topic, batches } of topics) {
    writer.string(topic);
    writer.int32(batches.length);
    for (const { partition, bytes } of batches) {
      writer.int32(partition);
      writer.int32(bytes.byteLength);
      writer.raw(bytes);
    }
  }
  return writer.bytes;
}

function stringSize(text: string): number {
  return 2 + Buffer.byteLength(text);
}
