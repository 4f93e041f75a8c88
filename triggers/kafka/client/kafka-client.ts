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
  /** The first offset of each partition whose record is not older than `timeMs` (since 1970); the end where there is none. */
  offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>>;
  /** What the group has committed for these topics. A partition without a committed offset is left out. */
  committed(group: string, topics: readonly string[]): Promise<readonly CommittedOffset[]>;
  /**
   * Joins a consumer group. Resolves when `listener` has been given the first assignment; aborting `signal` leaves again. Nothing is
   * fetched from a partition before `fetchFrom` names its place.
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
  /** The member is taken for dead after this long without a heartbeat. */
  readonly sessionTimeoutMs: number;
  /** How long a rebalance waits for members to join again. */
  readonly rebalanceTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** Leave out records of transactions that were aborted or are open. */
  readonly readCommitted: boolean;
  /** Bytes of one fetch, of all partitions and of one. */
  readonly fetchBytes: number;
  readonly partitionFetchBytes: number;
}

/** What a member of a group reports. None of these may throw. */
export interface GroupListener {
  /**
   * The generation is about to end: a commit that is sent in this call still belongs to it; after it, nothing of the old assignment is ours.
   * May be called more than once, and without an assignment before it.
   */
  revoked(): void;
  /** A new generation began, and these partitions are ours. */
  assigned(partitions: readonly TopicPartition[], member: GroupMember): void;
  /**
   * What one fetch brought of one partition. `next` is where the next fetch begins: past control records, aborted ones and what compaction
   * took, so it may grow without any record. `end` is the last stable offset when reading committed, else the high watermark.
   */
  fetched(partition: TopicPartition, batch: FetchedBatch): void;
  /** The member is gone and does not come back by itself; nothing is reported afterwards. */
  failed(error: Error): void;
}

export interface FetchedBatch {
  /** Where the fetch began: where the one before it ended, unless the log has lost that place. */
  readonly from: number;
  readonly records: readonly KafkaRecord[];
  readonly next: number;
  readonly end: number;
  /** What stopped the decoding at `next`, if anything did: an unknown codec, a record that is cut short. */
  readonly broken?: Error;
}

/** One member of a consumer group. Disposing of it leaves the group, so that its partitions move on at once. */
export interface GroupMember extends AsyncDisposable {
  /** Begins or goes on fetching at `offset`. Partitions that are not ours are left alone, here and below. */
  fetchFrom(partition: TopicPartition, offset: number): void;
  /** Fetches no more of it; the membership is kept. What a fetch under way brings may still come. */
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
  /** How long brokers may take to store records on all in-sync replicas, in milliseconds. Default 30,000. */
  readonly timeoutMs?: number;
  /** How long the broker lets a transaction be open, in milliseconds. Only with `transactionalId`. */
  readonly transactionTimeoutMs?: number;
  readonly transactionalId?: string;
}

export type Compression = 'none' | 'gzip' | 'snappy' | 'lz4' | 'zstd';

/** A record on its way out. */
export interface OutgoingRecord extends Pick<KafkaRecord, 'key' | 'value' | 'headers'> {
  readonly topic: string;
  readonly partition: number;
  /** Milliseconds since 1970. Default: now. */
  readonly timestamp?: number;
}

export interface Producer extends AsyncDisposable {
  /**
   * Resolves when every record is stored on all in-sync replicas. At most one call is pending. After a rejection the producer must not be
   * used again: what it knows of sequence numbers may be wrong.
   */
  send(records: readonly OutgoingRecord[]): Promise<void>;
  /** Only of a transactional producer; at most one transaction is open. */
  begin(): Promise<Transaction>;
}

export interface Transaction {
  /**
   * `false` once it is not known what brokers have stored of something that was sent: after the abort its producer must not be used again,
   * since what it knows of sequence numbers may be wrong.
   */
  readonly sure: boolean;
  send(records: readonly OutgoingRecord[], compression: Compression): Promise<void>;
  /** The offsets are committed for the group if the transaction is. */
  offsets(group: string, offsets: readonly CommittedOffset[]): Promise<void>;
  commit(): Promise<void>;
  abort(): Promise<void>;
}
