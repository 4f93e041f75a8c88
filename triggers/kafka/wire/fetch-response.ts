import type { AbortedTransaction } from './aborted-transactions.ts';
import { ByteReader, Malformed } from './byte-reader.ts';

/** The versions of the fetch response that `readFetchResponse` reads: Kafka 0.11 to the last one before flexible encoding. */
export const FETCH_VERSIONS = { first: 4, last: 11 } as const;

export interface FetchResponse {
  readonly throttleMs: number;
  /** 0 before version 7, as the session. */
  readonly errorCode: number;
  readonly sessionId: number;
  readonly topics: readonly FetchedTopic[];
}

export interface FetchedTopic {
  readonly topic: string;
  readonly partitions: readonly FetchedPartition[];
}

export interface FetchedPartition {
  readonly partition: number;
  readonly errorCode: number;
  readonly highWatermark: number;
  readonly lastStableOffset: number;
  readonly aborted: readonly AbortedTransaction[];
  /** -1: the leader. */
  readonly preferredReadReplica: number;
  /** Record batches as they are in the log. */
  readonly log: Uint8Array;
}

/** Reads the answer to a fetch (https://kafka.apache.org/protocol#The_Messages_Fetch), up to the record batches. */
export function readFetchResponse(bytes: Uint8Array, version: number): FetchResponse {
  const reader = new ByteReader(bytes);
  const throttleMs = reader.int32();
  const errorCode = version >= 7 ? reader.int16() : 0;
  const sessionId = version >= 7 ? reader.int32() : 0;
  const topics = list(reader, () => ({
    topic: reader.string(),
    partitions: list(reader, () => readPartition(reader, version)),
  }));
  return { throttleMs, errorCode, sessionId, topics };
}

function readPartition(reader: ByteReader, version: number): FetchedPartition {
  const partition = reader.int32();
  const errorCode = reader.int16();
  const highWatermark = reader.int64();
  const lastStableOffset = reader.int64();
  // Where the log begins.
  if (version >= 5) reader.int64();
  const aborted = list(reader, () => ({ producerId: reader.bigInt64(), firstOffset: reader.int64() }));
  const preferredReadReplica = version >= 11 ? reader.int32() : -1;
  const log = reader.take(Math.max(reader.int32(), 0));
  return { partition, errorCode, highWatermark, lastStableOffset, aborted, preferredReadReplica, log };
}

/** A length of -1 is a list that is not there. */
function list<T>(reader: ByteReader, read: () => T): readonly T[] {
  const length = reader.int32();
  if (length > reader.left) throw new Malformed(`a list claims ${length} entries`);
  const entries: T[] = [];
  for (let n = 0; n < length; n++) entries.push(read());
  return entries;
}
