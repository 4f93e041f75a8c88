import { atMost, type Clock, type Logger, SluiceError } from '#trigger';
import type { Consumer, EachBatchPayload, Kafka } from 'kafkajs';
import type {
  CommittedOffset,
  GroupListener,
  GroupMember,
  GroupOptions,
  GroupState,
  TopicPartition,
} from '../kafka-client.ts';
import { kafkaError } from '../kafka-error.ts';
import { tellingRefusal } from './hooks/coordinator-hook.ts';
import { crashError } from './crash-error.ts';
import { fetchedBatch, ownRack } from './hooks/fetch-hook.ts';
import { tellingAssigner, withinGeneration } from './hooks/generation.ts';

/**
 * A fetch waits this long for records, in milliseconds. Leaving waits as long for the end of a fetch, and so does resuming a partition while all are
 * paused. The library's 5 s would delay both.
 */
const FETCH_WAIT_MS = 50;
/** How often to look for new partitions of subscribed topics, in milliseconds. */
const METADATA_AGE_MS = 30_000;
/** How often in a heartbeat interval to check whether a heartbeat is overdue. */
const TICKS = 2;
/** How long leaving may take, in milliseconds; the group notices by itself after the session timeout. */
const LEAVING_MS = 3000;

export interface MemberOptions extends GroupOptions {
  readonly addresses: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/**
 * A member of a consumer group on kafkajs. The library joins, fetches and heartbeats in one loop. Batches are handed over and the loop continues, so
 * no handler delays a heartbeat. Our own timer sends one if a slow broker blocks the loop.
 */
export class KafkajsMember implements GroupMember {
  readonly #options: MemberOptions;
  readonly #listener: GroupListener;
  readonly #consumer: Consumer;
  readonly #joined = Promise.withResolvers<void>();
  #loop: EachBatchPayload | undefined;
  #state = { memberId: '', generation: 0, leader: false };
  #heartbeatAt = performance.now();
  /** Since the last heartbeat that was answered. Counted, because the clock of a process that stalled says nothing about the broker. */
  #silentTicks = 0;
  #beating: NodeJS.Timeout | undefined;
  /** A new generation is being formed: the broker waits for the other members and expects no heartbeat. */
  #joining = true;
  #over = false;
  #closed: Promise<void> | undefined;

  static async join(
    kafka: Kafka,
    options: MemberOptions,
    listener: GroupListener,
    signal: AbortSignal,
  ): Promise<KafkajsMember> {
    const member = new KafkajsMember(kafka, options, listener);
    const leave = (): void => member.#joined.reject(signal.reason);
    signal.addEventListener('abort', leave, { once: true });
    try {
      await tellingRefusal(() => member.#join());
      return member;
    } catch (thrown) {
      member.#over = true;
      await member[Symbol.asyncDispose]();
      signal.throwIfAborted();
      const { group, addresses } = options;
      throw kafkaError(thrown, addresses, `group '${group}'`);
    } finally {
      signal.removeEventListener('abort', leave);
    }
  }

  private constructor(kafka: Kafka, options: MemberOptions, listener: GroupListener) {
    this.#options = options;
    this.#listener = listener;
    this.#consumer = kafka.consumer({
      groupId: options.group,
      sessionTimeout: options.sessionTimeoutMs,
      rebalanceTimeout: options.rebalanceTimeoutMs,
      heartbeatInterval: options.heartbeatIntervalMs,
      maxBytes: options.fetchBytes,
      maxBytesPerPartition: options.partitionFetchBytes,
      maxWaitTimeInMs: FETCH_WAIT_MS,
      metadataMaxAge: METADATA_AGE_MS,
      readUncommitted: !options.readCommitted,
      allowAutoTopicCreation: false,
      rackId: ownRack(),
      partitionAssigners: [tellingAssigner(() => this.#revoked())],
      // Restarts are up to the supervisor: with its backoff, and shown in /triggers.
      retry: { restartOnFailure: () => Promise.resolve(false) },
    });
    this.#joined.promise.catch(() => {}); // join() waits for it; later nobody does
    this.#listen();
  }

  get state(): GroupState {
    return { ...this.#state, heartbeatAgeMs: performance.now() - this.#heartbeatAt };
  }

  fetchFrom(place: TopicPartition, offset: number): void {
    if (this.#over) return;
    this.#consumer.seek({ ...place, offset: String(offset) });
    this.resume(place);
  }

  pause({ topic, partition }: TopicPartition): void {
    if (!this.#over) this.#consumer.pause([{ topic, partitions: [partition] }]);
  }

  resume({ topic, partition }: TopicPartition): void {
    if (!this.#over) this.#consumer.resume([{ topic, partitions: [partition] }]);
  }

  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    try {
      // Committing through the loop's payload tries once; it is there from the first fetch on.
      if (this.#loop === undefined) {
        await withinGeneration(() => this.#consumer.commitOffsets(offsets.map(forConsumer)));
      } else await this.#loop.commitOffsetsIfNecessary({ topics: byTopic(offsets) });
    } catch (thrown) {
      throw kafkaError(thrown, this.#options.addresses, `the offsets of group '${this.#options.group}'`);
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #join(): Promise<void> {
    const { topics, heartbeatIntervalMs } = this.#options;
    await this.#consumer.connect();
    // fetchFrom gives the start of a partition; this applies to offsets that the broker removes meanwhile.
    await this.#consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await this.#consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      eachBatch: (payload) => this.#fetched(payload),
    });
    await this.#joined.promise;
    this.#beating = setInterval(() => void this.#beat(), heartbeatIntervalMs / TICKS);
  }

  #listen(): void {
    const consumer = this.#consumer;
    const { REBALANCING, GROUP_JOIN, HEARTBEAT, CRASH } = consumer.events;
    consumer.on(REBALANCING, () => this.#revoked());
    consumer.on(HEARTBEAT, () => this.#alive());
    consumer.on(GROUP_JOIN, ({ payload: { memberId, isLeader, memberAssignment } }) => {
      this.#alive();
      this.#joining = false;
      this.#state = { memberId, generation: this.#state.generation + 1, leader: isLeader };
      this.#assigned(memberAssignment);
    });
    consumer.on(CRASH, ({ payload: { error } }) => this.#crashed(error));
  }

  /** Runs before the loop fetches again: a partition that is paused here is not fetched before its offset is known. */
  #assigned(assignment: Readonly<Record<string, readonly number[]>>): void {
    if (this.#over) return;
    const places: TopicPartition[] = [];
    for (const [topic, partitions] of Object.entries(assignment)) {
      this.#consumer.pause([{ topic, partitions: [...partitions] }]);
      for (const partition of partitions) places.push({ topic, partition });
    }
    this.#listener.assigned(places, this);
    this.#joined.resolve();
  }

  #revoked(): void {
    this.#joining = true;
    if (!this.#over) this.#listener.revoked();
  }

  #crashed(error: Error): void {
    if (this.#over) return;
    this.#over = true;
    const failure = crashError(error, this.#options.addresses);
    this.#joined.reject(failure);
    // Before that, the caller of join gets the error and may try again.
    if (this.#state.generation > 0) this.#listener.failed(failure);
  }

  #fetched(payload: EachBatchPayload): Promise<void> {
    this.#loop = payload;
    const { topic, partition, messages } = payload.batch;
    const fetched = fetchedBatch(messages[0]);
    if (fetched !== undefined && !this.#over && !payload.isStale()) {
      payload.resolveOffset(String(fetched.next - 1));
      this.#listener.fetched({ topic, partition }, fetched);
    }
    return Promise.resolve();
  }

  #alive(): void {
    this.#heartbeatAt = performance.now();
    this.#silentTicks = 0;
  }

  async #beat(): Promise<void> {
    const { heartbeatIntervalMs, sessionTimeoutMs, group } = this.#options;
    this.#silentTicks += 1;
    if (this.#over || this.#joining || this.#silentTicks <= TICKS) return;
    if (this.#silentTicks * heartbeatIntervalMs > sessionTimeoutMs * TICKS) {
      this.#crashed(
        new SluiceError('SLU3403', `group '${group}' did not answer for longer than the session timeout`, {
          transient: true,
        }),
      );
      return;
    }
    await this.#loop?.heartbeat().catch(() => {}); // the loop gets the same error at its next heartbeat
  }

  async #close(): Promise<void> {
    this.#over = true;
    clearInterval(this.#beating);
    const { log, clock } = this.#options;
    const left = this.#consumer.disconnect().catch((thrown: unknown) => {
      log.debug({ err: thrown }, 'the group could not be left properly');
    });
    await atMost(LEAVING_MS, left, clock);
  }
}

function forConsumer({ offset, ...rest }: CommittedOffset): {
  topic: string;
  partition: number;
  offset: string;
  metadata: string;
} {
  return { ...rest, offset: String(offset) };
}

interface TopicOffsets {
  readonly topic: string;
  readonly partitions: { partition: number; offset: string; metadata: string }[];
}

function byTopic(offsets: readonly CommittedOffset[]): TopicOffsets[] {
  const topics = new Map<string, TopicOffsets>();
  for (const { topic, partition, offset, metadata } of offsets) {
    const entry = { partition, offset: String(offset), metadata };
    const known = topics.get(topic);
    if (known === undefined) topics.set(topic, { topic, partitions: [entry] });
    else known.partitions.push(entry);
  }
  return [...topics.values()];
}
