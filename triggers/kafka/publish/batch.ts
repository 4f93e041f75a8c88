import type { OutgoingRecord } from '../client/kafka-client.ts';
import type { Outgoing } from './outgoing.ts';
import { partitionOfKey, type StickyPartitions } from './partitioner.ts';

/** Limits of one send. */
export interface BatchLimits {
  /** Limit of one partition's batch, before compression: brokers refuse batches above 1 MiB unless the topic allows them. */
  readonly partitionBytes: number;
  /** Limit of all partitions together. */
  readonly bytes: number;
  readonly records: number;
}

/** One send. */
export interface Batch {
  readonly records: readonly OutgoingRecord[];
  /** Size of the partition with the most bytes. */
  readonly fullest: { readonly bytes: number; readonly records: number };
}

/** No limits: for records that another producer sends. */
export const UNLIMITED: BatchLimits = { partitionBytes: Infinity, bytes: Infinity, records: Infinity };

/**
 * Chooses partitions for the first of `waiting`, all of one topic, as many as fit into one send; at least one. Nothing overtakes: the first record
 * that does not fit ends the batch.
 */
export function fillBatch(
  waiting: Iterable<Outgoing>,
  partitions: number,
  sticky: StickyPartitions,
  limits: BatchLimits,
): Batch {
  const filled = new Map<number, { bytes: number; records: number }>();
  const records: OutgoingRecord[] = [];
  let fullest = { bytes: 0, records: 0 };
  let total = 0;
  for (const { bytes, ...record } of waiting) {
    const hasRoom = (partition: number): boolean => {
      const before = filled.get(partition);
      return before === undefined || before.bytes + bytes <= limits.partitionBytes;
    };
    let partition = partitionOf(record, partitions, sticky);
    if (record.key === null && !hasRoom(partition)) {
      sticky.turn(record.topic);
      partition = partitionOf(record, partitions, sticky);
    }
    const fits = hasRoom(partition) && total + bytes <= limits.bytes && records.length < limits.records;
    if (!fits && records.length > 0) break;
    const share = filled.get(partition) ?? { bytes: 0, records: 0 };
    filled.set(partition, share);
    share.bytes += bytes;
    share.records += 1;
    if (share.bytes > fullest.bytes) fullest = share;
    total += bytes;
    records.push({ ...record, partition });
  }
  const [first] = records;
  if (first !== undefined) sticky.turn(first.topic);
  return { records, fullest };
}

function partitionOf(
  { topic, key }: Pick<Outgoing, 'topic' | 'key'>,
  partitions: number,
  sticky: StickyPartitions,
): number {
  return key === null ? sticky.of(topic, partitions) : partitionOfKey(key, partitions);
}
