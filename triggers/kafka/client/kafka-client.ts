import type { KafkaRecord } from '../wire/kafka-record.ts';

/**
 * Everything that the adapter needs of a Kafka client library: a member of a consumer group, producers, and a few questions. `client/kafkajs`
 * implements it; another library can take its place by implementing this.
 *
 * Offsets are numbers: 2^53 records in one partition would take 285 years at a million a second. Every method rejects with a SluiceError.
 */
export interface KafkaClient extends AsyncDisposable {
  /** All topics that this user may see, without internal ones. */
  topics(): Promise<readonly string[]>;
  /** How many partitions each topic has; a topic that does not exist is left out. */
  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>>;
  /** Where the log of each partition of a topic begins and ends. */
  bounds(topic: string): Promise<readonly PartitionBounds[]>;
  /** The first offset of each partition whose record is not older than `timeMs` (since 1970); the end if there is none. */
  offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>;
  /** The group's committed offsets for these topics, without partitions that have none. */
  committed(group: string, topics: readonly string[]): Promise<readonly CommittedOffset[]>;
  /**
   * Joins a consumer group. Resolves when `listener` has received the first assignment; aborting `signal` leaves the group again. A partition is not
   * fetched before `fetchFrom` gives its offset.
   */
  join(options: GroupOptions, listener: GroupListener, signal: AbortSignal): Promise<GroupMember>;
  /** Connects an idempotent producer: `acks = all`. With `transactionalId` it is transactional, and fences every earlier one of that id. */
  producer(options: ProducerOptions): Promise<Producer>;
}

export interface TopicPartition {
  readonly topic: string;
  readonly partition: number;
}

export interface PartitionBounds {
  readonly partition: number;
  /** The first offset that is still there. */
  readonly begin: number;
  /** The offset that the next record gets. */
  readonly end: number;
}

export interface CommittedOffset extends TopicPartition {
  /** The next offset to handle. */
  readonly offset: number;
  /** At most 4,096 bytes, by the broker's default (`offset.metadata.max.bytes`). */
  readonly metadata: string;
}

export interface GroupOptions {
  readonly group: string;
  readonly topics: readonly string[];
  /** The member counts as dead after this long without a heartbeat. */
  readonly sessionTimeoutMs: number;
  /** How long a rebalance waits for members to join again. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Skip records of aborted and open transactions. */
  readonly readCommitted: boolean;
  /** Bytes of one fetch, of all partitions and of one. */
  readonly fetchBytes: number;
  readonly partitionFetchBytes: number;
}

/** Callbacks of a group's member. None of these may throw. */
export interface GroupListener {
  /**
   * The generation is about to end. A commit that is sent in this call still belongs to it; afterwards the old assignment is revoked. May be called
   * more than once, and without an assignment before it.
   */
  revoked(): void;
  /** A new generation began, and these partitions are ours. */
  assigned(partitions: readonly TopicPartition[], member: GroupMember): void;
  /**
   * The result of one fetch for one partition. `next` is where the next fetch begins: past control records, aborted records and compacted ones, so
   * it may grow without any record. `end` is the last stable offset when reading committed, else the high watermark.
   */
  fetched(partition: TopicPartition, batch: FetchedBatch): void;
  /** The member has ended for good; nothing is reported afterwards. */
  failed(error: Error): void;
}

export interface FetchedBatch {
  /** Where the fetch began: at the end of the previous one, unless the log has lost that offset. */
  readonly from: number;
  readonly records: readonly KafkaRecord[];
  readonly next: number;
  readonly end: number;
  /** The error that stopped decoding at `next`, if any: an unknown codec, a truncated record. */
  readonly broken?: Error;
}

/** One member of a consumer group. Disposing of it leaves the group, so that its partitions are reassigned at once. */
export interface GroupMember extends AsyncDisposable {
  /** Begins or continues fetching at `offset`. Partitions of other members are ignored, here and below. */
  fetchFrom(partition: TopicPartition, offset: number): void;
  /** Stops fetching a partition without leaving the group. A running fetch may still bring records. */
  pause(partition: TopicPartition): void;
  resume(partition: TopicPartition): void;
  /** Resolves when the broker has confirmed it. Rejects with SLU3003 when the generation is over. */
  commit(offsets: readonly CommittedOffset[]): Promise<void>;
  readonly state: GroupState;
}

/** Facts about the group, for people. */
export interface GroupState {
  readonly memberId: string;
  readonly generation: number;
  readonly leader: boolean;
  /** Since the last heartbeat that was answered, in milliseconds. */
  readonly heartbeatAgeMs: number;
}

export interface ProducerOptions {
  readonly compression: Compression;
  /** Time limit for storing records on all in-sync replicas, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How long the broker lets a transaction be open, in milliseconds. Only with `transactionalId`. */
  readonly transactionTimeoutMs?: number;
  readonly transactionalId?: string;
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** An outgoing record. */
export interface OutgoingRecord extends Pick<KafkaRecord, 'key' | 'value' | 'headers'> {
  readonly topic: string;
  readonly partition: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface Producer extends AsyncDisposable {
  /**
   * Resolves when every record is stored on all in-sync replicas. At most one call is pending. After a rejection the producer must not be used
   * again: its sequence numbers may be wrong.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  /** Only for a transactional producer; at most one transaction is open. */
  begin(): Promise<Transaction>;
}

export interface Transaction {
  /**
   * `false` once it is unknown which sent records the brokers have stored. After the abort its producer must not be used again, since its sequence
   * numbers may be wrong.
   */
  readonly sure: boolean;
  send(records: readonly OutgoingRecord[], compression: Compression): Promise<void>;
  /** The offsets are committed for the group if the transaction is. */
  offsets(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}
