import { type Clock, type Message, type Publisher, type PublisherSupports, SluiceError } from '#trigger';
import { AbortWatch } from './abort-watch.ts';
import { type Batch, type BatchLimits, fillBatch, UNLIMITED } from './batch.ts';
import type { Compression, KafkaClient, OutgoingRecord, Producer, ProducerOptions } from '../client/kafka-client.ts';
import type { ConnectionOptions } from '../options/connection-options.ts';
import { topicMissing } from '../client/kafka-error.ts';
import { type Outgoing, outgoing } from './outgoing.ts';
import { StickyPartitions } from './partitioner.ts';
import { Ticket, TopicQueue } from './topic-queue.ts';

/** How long the number of a topic's partitions is cached. New partitions are then used, and keys move to them, as with Java's producer. */
const PARTITIONS_KNOWN_MS = 300_000;

/** The library copies a batch for each of its records: many small batches are cheaper than a large one. */
const LIMITS: BatchLimits = { partitionBytes: 900 * 2 ** 10, bytes: 8 * 2 ** 20, records: 1000 };

export interface KafkaPublisherParts {
  /** Closed with the publisher. */
  readonly client: KafkaClient;
  readonly connection: ConnectionOptions;
  readonly producer: ProducerOptions;
  /** The topic of a message; `undefined`: unknown. */
  readonly topicOf: (message: Message) => string | undefined;
  /** Whether messages are events that go back to their topic. */
  readonly isBack?: boolean;
  readonly clock: Clock;
}

/**
 * Publishes to topics, confirmed by all in-sync replicas. Messages that are published during a send go out together in the next one.
 *
 * A failed send ends its producer. If the failure is transient, or concerns the topic, every publish that waits for it rejects at once. If one
 * message is at fault, the batch is sent again in parts until that message is alone, so that no other is rejected with it.
 */
export class KafkaPublisher implements Publisher {
  readonly supports: PublisherSupports = { durable: true, deduplicates: false, headers: true, keys: true };
  readonly #parts: KafkaPublisherParts;
  readonly #sticky = new StickyPartitions();
  readonly #aborts = new AbortWatch();
  readonly #queues = new Map<string, TopicQueue>();
  readonly #partitions = new Map<string, { readonly count: number; readonly askedAt: number }>();
  #producer: Producer | undefined;
  #running = false;
  #closed: Promise<void> | undefined;

  /** Resolves when it could publish to `topics`. Rejects with a SluiceError, and then closes the client too. */
  static async open(
    parts: KafkaPublisherParts,
    topics: readonly string[],
    signal: AbortSignal,
  ): Promise<KafkaPublisher> {
    const publisher = new KafkaPublisher(parts);
    try {
      for (const topic of topics) await publisher.#partitionsOf(topic);
      publisher.#producer = await parts.client.producer(parts.producer);
      signal.throwIfAborted();
      return publisher;
    } catch (thrown) {
      await publisher[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  private constructor(parts: KafkaPublisherParts) {
    this.#parts = parts;
  }

  /** Its connection: a trigger can commit its messages only on the same one. */
  get connection(): ConnectionOptions {
    return this.#parts.connection;
  }

  get compression(): Compression {
    return this.#parts.producer.compression;
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) throw gaveUp(signal.reason);
    if (this.#closed !== undefined) throw gaveUp('the output was closed');
    const records = messages.map((message) => this.#outgoing(message));
    const ticket = new Ticket(records.length);
    for (const record of records) this.#queue(record.topic).put(record, ticket);
    if (!this.#running) void this.#run();
    const done = this.#aborts.add(signal, (reason) => ticket.reject(gaveUp(reason)));
    try {
      await ticket.settled;
    } finally {
      done();
    }
  }

  /** Messages as records with their partitions, for another producer's transaction. Rejects with a SluiceError. */
  async records(messages: readonly Message[]): Promise<readonly OutgoingRecord[]> {
    const byTopic = Map.groupBy(
      messages.map((message) => this.#outgoing(message)),
      ({ topic }) => topic,
    );
    const all: OutgoingRecord[] = [];
    for (const [topic, waiting] of byTopic) {
      all.push(...fillBatch(waiting, await this.#partitionsOf(topic), this.#sticky, UNLIMITED).records);
    }
    return all;
  }

  /** The error if earlier `records()` can't be sent any more: a topic is gone, or was recreated with fewer partitions. */
  async obstacle(records: readonly OutgoingRecord[]): Promise<SluiceError | undefined> {
    this.#partitions.clear();
    try {
      for (const { topic, partition } of records) {
        if (partition >= (await this.#partitionsOf(topic))) {
          return new SluiceError('SLU3409', `topic '${topic}' has no partition ${partition} any more`, {
            transient: true,
          });
        }
      }
      return undefined;
    } catch (thrown) {
      return thrown as SluiceError; // of our own client
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  #outgoing(message: Message): Outgoing {
    return outgoing(message, this.#parts.topicOf(message), this.#parts.isBack);
  }

  #queue(topic: string): TopicQueue {
    let queue = this.#queues.get(topic);
    if (queue === undefined) this.#queues.set(topic, (queue = new TopicQueue(LIMITS)));
    return queue;
  }

  /** Sends until nothing waits, topic by topic. Never rejects. */
  async #run(): Promise<void> {
    this.#running = true;
    // Other messages that are published in this turn go out with it.
    await new Promise((resolve) => setImmediate(resolve));
    for (;;) {
      const busy = [...this.#queues].filter(([, queue]) => !queue.isEmpty);
      if (busy.length === 0) break;
      for (const [topic, queue] of busy) await this.#sendOf(topic, queue);
    }
    this.#running = false;
  }

  async #sendOf(topic: string, queue: TopicQueue): Promise<void> {
    let batch: Batch | undefined;
    try {
      const partitions = await this.#partitionsOf(topic);
      this.#producer ??= await this.#openProducer();
      batch = fillBatch(queue.waiting(), partitions, this.#sticky, queue.limits);
      await this.#producer.send(batch.records);
      queue.stored(batch);
    } catch (thrown) {
      this.#partitions.delete(topic);
      queue.refused(batch, thrown);
      if (batch !== undefined) await this.#dropProducer();
    }
  }

  async #openProducer(): Promise<Producer> {
    const producer = await this.#parts.client.producer(this.#parts.producer);
    if (this.#closed === undefined) return producer;
    await producer[Symbol.asyncDispose]();
    throw gaveUp('the output was closed');
  }

  async #dropProducer(): Promise<void> {
    const producer = this.#producer;
    this.#producer = undefined;
    await producer?.[Symbol.asyncDispose]();
  }

  async #partitionsOf(topic: string): Promise<number> {
    const { client, clock, connection } = this.#parts;
    const known = this.#partitions.get(topic);
    if (known !== undefined && clock.now() - known.askedAt < PARTITIONS_KNOWN_MS) return known.count;
    const count = (await client.partitions([topic])).get(topic);
    if (count === undefined) throw topicMissing(topic, connection.brokers.join(', '));
    this.#partitions.set(topic, { count, askedAt: clock.now() });
    return count;
  }

  /** Rejects what is queued, and abandons sends in flight: a silent broker might leave them unanswered for long. */
  async #close(): Promise<void> {
    for (const queue of this.#queues.values()) queue.refuseAll(gaveUp('the output was closed'));
    this.#aborts.clear();
    await this.#dropProducer();
    await this.#parts.client[Symbol.asyncDispose]();
  }
}

function gaveUp(cause: unknown): SluiceError {
  return new SluiceError('SLU3002', 'the wait for a confirmation was given up', { cause, transient: true });
}
