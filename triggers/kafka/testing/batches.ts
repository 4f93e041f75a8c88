import type { FetchedBatch } from '../client/kafka-client.ts';
import type { PendingRecord } from '../records/pending-record.ts';
import type { KafkaRecord } from '../wire/kafka-record.ts';

export function recordAt(offset: number, key: string | null = null, bytes = 1): KafkaRecord {
  return {
    offset,
    timestamp: 1000 + offset,
    key: key === null ? null : Buffer.from(key),
    value: new Uint8Array(bytes),
    headers: [],
  };
}

/** What a fetch brings: so many records from an offset on, and the end of the log behind them. */
export function batchFrom(offset: number, count: number, bytes = 1): FetchedBatch {
  const records = Array.from({ length: count }, (_, n) => recordAt(offset + n, null, bytes));
  return { from: offset, records, next: offset + count, end: offset + count };
}

export function pendingAt(offset: number, lane?: string): PendingRecord {
  return { record: recordAt(offset), offset, lane, finished: false, attempts: 0 };
}
