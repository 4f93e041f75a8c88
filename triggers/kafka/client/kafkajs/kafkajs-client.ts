import { type Clock, type Logger, orAborted } from '#trigger';
import { type Admin, Kafka } from 'kafkajs';
import type { ConnectionOptions } from '../../options/connection-options.ts';
import type {
  CommittedOffset,
  GroupListener,
  GroupMember,
  GroupOptions,
  KafkaClient,
  PartitionBounds,
  Producer,
  ProducerOptions,
} from '../kafka-client.ts';
import { kafkaError } from '../kafka-error.ts';
import { installAddPartitionsHook } from './hooks/add-partitions-hook.ts';
import { installCoordinatorHook, tellingRefusal } from './hooks/coordinator-hook.ts';
import { isCoordinatorBusy } from './crash-error.ts';
import { installFetchHook } from './hooks/fetch-hook.ts';
import { installCommitHook } from './hooks/generation.ts';
import { KafkajsMember } from './group-member.ts';
import { installIdleTimerPatch } from './hooks/idle-timer-patch.ts';
import { kafkajsConfig } from './kafkajs-config.ts';
import { installProduceHook } from './hooks/produce-hook.ts';
import { connectProducer } from './producer.ts';

export interface KafkajsClientOptions {
  readonly connection: ConnectionOptions;
  /** The name of the trigger or output that uses it. */
  readonly name: string;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How often to ask a coordinator that is starting, and the pause in between, in milliseconds. */
const JOIN_TRIES = 20;
const JOIN_PAUSE_MS = 250;

/** The seam to Kafka on kafkajs: its connections, groups and retries; records are read and written by our own hooks. */
export class KafkajsClient implements KafkaClient {
  readonly #kafka: Kafka;
  readonly #admin: Admin;
  readonly #options: KafkajsClientOptions;
  #closed = false;

  /** Rejects with SLU3401, SLU3403 (transient) or SLU3404. */
  static async open(options: KafkajsClientOptions, signal: AbortSignal): Promise<KafkajsClient> {
    installHooks();
    const { connection, name, log } = options;
    try {
      const kafka = new Kafka(kafkajsConfig(connection, name, log));
      signal.throwIfAborted();
      const client = new KafkajsClient(kafka, options);
      await client.#connect(signal);
      return client;
    } catch (thrown) {
      signal.throwIfAborted();
      throw kafkaError(thrown, connection.brokers.join(', '));
    }
  }

  private constructor(kafka: Kafka, options: KafkajsClientOptions) {
    this.#kafka = kafka;
    this.#options = options;
    this.#admin = kafka.admin({ retry: { retries: 2 } });
  }

  async topics(): Promise<readonly string[]> {
    const topics = await this.#ask(() => this.#admin.listTopics());
    return topics.filter((topic) => !topic.startsWith('__'));
  }

  async partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    const known = new Set(await this.#ask(() => this.#admin.listTopics()));
    const asked = topics.filter((topic) => known.has(topic));
    if (asked.length === 0) return new Map();
    const metadata = await this.#ask(() => this.#admin.fetchTopicMetadata({ topics: asked }));
    return new Map(metadata.topics.map(({ name, partitions }) => [name, partitions.length]));
  }

  async bounds(topic: string): Promise<readonly PartitionBounds[]> {
    const offsets = await this.#ask(() => this.#admin.fetchTopicOffsets(topic));
    return offsets.map(({ partition, low, high }) => ({ partition, begin: Number(low), end: Number(high) }));
  }

  async offsetsAt(topic: string, timeMs: number): Promise<ReadonlyMap<number, number>> {
    const offsets = await this.#ask(() => this.#admin.fetchTopicOffsetsByTimestamp(topic, timeMs));
    return new Map(offsets.map(({ partition, offset }) => [partition, Number(offset)]));
  }

  async committed(group: string, topics: readonly string[]): Promise<readonly CommittedOffset[]> {
    const question = { groupId: group, topics: [...topics] };
    const answer = await this.#ask(() => tellingRefusal(() => this.#admin.fetchOffsets(question)));
    return answer.flatMap(({ topic, partitions }) =>
      partitions
        .map(({ partition, offset, metadata }) => ({
          topic,
          partition,
          offset: Number(offset),
          metadata: metadata ?? '',
        }))
        .filter(({ offset }) => offset >= 0),
    );
  }

  async join(options: GroupOptions, listener: GroupListener, signal: AbortSignal): Promise<GroupMember> {
    const { clock, log, connection } = this.#options;
    const member = { ...options, addresses: connection.brokers.join(', '), clock, log };
    for (let tries = 1; ; tries += 1) {
      try {
        return await KafkajsMember.join(this.#kafka, member, listener, signal);
      } catch (thrown) {
        if (!isCoordinatorBusy(thrown) || tries === JOIN_TRIES) throw thrown;
        await clock.sleep(JOIN_PAUSE_MS, signal);
        signal.throwIfAborted();
      }
    }
  }

  async producer(options: ProducerOptions): Promise<Producer> {
    return connectProducer(this.#kafka, options, this.#options.connection.brokers.join(', '));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed = true;
    await this.#disconnect();
  }

  async #disconnect(): Promise<void> {
    await this.#admin.disconnect().catch(() => {}); // its connections are gone either way
  }

  /** The library can't be made to stop connecting: a late connection is closed. */
  async #connect(signal: AbortSignal): Promise<void> {
    const connecting = this.#admin.connect();
    try {
      await orAborted(connecting, signal);
    } catch (thrown) {
      void connecting.catch(() => {}).then(() => this[Symbol.asyncDispose]());
      throw thrown;
    }
  }

  async #ask<T>(question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (thrown) {
      throw kafkaError(thrown, this.#options.connection.brokers.join(', '));
    } finally {
      // A request in flight while the client closes makes the library connect once more.
      if (this.#closed) await this.#disconnect();
    }
  }
}

/** Idempotent. Throws SLU3401 if kafkajs is not built as the hooks expect. */
export function installHooks(): void {
  installFetchHook();
  installProduceHook();
  installAddPartitionsHook();
  installCommitHook();
  installCoordinatorHook();
  installIdleTimerPatch();
}
