import { randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type Message, silentLogger, SluiceError, systemClock } from '#trigger';
import type { FetchedBatch, OutgoingRecord, Producer } from '../../triggers/kafka/client/kafka-client.ts';
import { KafkajsClient } from '../../triggers/kafka/client/kafkajs/kafkajs-client.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { kafkaHeaders, textHeaders } from '../../triggers/kafka/records/header-text.ts';
import type { KafkaRecord } from '../../triggers/kafka/wire/kafka-record.ts';

const PATIENCE_MS = 30_000;

export interface PlacedRecord extends KafkaRecord {
  readonly partition: number;
}

/** Another program at the same broker: writes records as they are, and reads whole topics as a reader of committed records sees them. */
export class KafkaPeer implements AsyncDisposable {
  readonly client: KafkajsClient;
  readonly #producer: Producer;

  private constructor(client: KafkajsClient, producer: Producer) {
    this.client = client;
    this.#producer = producer;
  }

  static async connect(bootstrap: string): Promise<KafkaPeer> {
    const connection = connectionOptions.parse({ brokers: bootstrap });
    const options = { connection, name: 'peer', clock: systemClock, log: silentLogger };
    const client = await KafkajsClient.open(options, new AbortController().signal);
    return new KafkaPeer(client, await client.producer({ compression: 'none' }));
  }

  /** Into one partition, in order. */
  async send(topic: string, messages: readonly Message[], partition = 0): Promise<void> {
    await this.write(messages.map((message) => recordOf(message, topic, partition)));
  }

  /** Partition by partition: of a send to several, the library may leave out one whose leader moves meanwhile. */
  async write(records: readonly OutgoingRecord[]): Promise<void> {
    for (const some of Map.groupBy(records, ({ topic, partition }) => `${topic}/${partition}`).values()) {
      await this.#producer.send(some);
    }
  }

  /** Every record that is there now, partition by partition; with `readCommitted` false, those of aborted transactions too. */
  async records(topic: string, readCommitted = true): Promise<readonly PlacedRecord[]> {
    const records = await patiently(async () => {
      const seen: PlacedRecord[] = [];
      await this.scan(topic, (record) => seen.push(record), readCommitted);
      return seen;
    });
    return records.toSorted((a, b) => a.partition - b.partition || a.offset - b.offset);
  }

  /** Shows every record that is there now, each partition in order, and keeps none. */
  async scan(topic: string, see: (record: PlacedRecord) => void, readCommitted = true): Promise<void> {
    const ends = new Map((await this.client.bounds(topic)).map(({ partition, end }) => [partition, end]));
    const read = Promise.withResolvers<void>();
    const positions = new Map<number, number>();
    const look = (): void => {
      if ([...ends].every(([partition, end]) => (positions.get(partition) ?? 0) >= end)) read.resolve();
    };
    const fetched = (partition: number, batch: FetchedBatch): void => {
      for (const record of batch.records) see({ ...record, partition });
      positions.set(partition, batch.next);
      look();
    };
    await using _member = await this.client.join(
      {
        group: randomUUID(),
        topics: [topic],
        sessionTimeoutMs: 10_000,
        rebalanceTimeoutMs: 10_000,
        heartbeatIntervalMs: 1000,
        readCommitted,
        fetchBytes: 2 ** 24,
        partitionFetchBytes: 2 ** 22,
      },
      {
        revoked: () => {},
        assigned: (places, member) => places.forEach((place) => member.fetchFrom(place, 0)),
        fetched: ({ partition }, batch) => fetched(partition, batch),
        failed: (error) => read.reject(error),
      },
      new AbortController().signal,
    );
    look();
    await read.promise;
  }

  /** What a group has yet to commit of a topic, in offsets. */
  async lag(group: string, topic: string): Promise<number> {
    const bounds = await patiently(() => this.client.bounds(topic));
    const committed = await patiently(() => this.client.committed(group, [topic]));
    const offsets = new Map(committed.map(({ partition, offset }) => [partition, offset]));
    return bounds.reduce((sum, { partition, end }) => sum + end - (offsets.get(partition) ?? 0), 0);
  }

  async read(topic: string): Promise<readonly Message[]> {
    return (await this.records(topic)).map(({ key, value, headers }) => {
      const sent = textHeaders(headers);
      const contentType = sent.find(([name]) => name === 'content-type')?.[1];
      return {
        ...(key === null ? {} : { key }),
        ...(contentType === undefined ? {} : { contentType }),
        headers: sent,
        data: value ?? new Uint8Array(),
      };
    });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#producer[Symbol.asyncDispose]();
    await this.client[Symbol.asyncDispose]();
  }
}

/** Asks again while leaders move. */
async function patiently<T>(question: () => Promise<T>): Promise<T> {
  for (const end = performance.now() + PATIENCE_MS; ; await sleep(50)) {
    try {
      return await question();
    } catch (thrown) {
      if (!(thrown instanceof SluiceError && thrown.transient) || performance.now() > end) throw thrown;
    }
  }
}

function recordOf({ key, contentType, headers, data }: Message, topic: string, partition: number): OutgoingRecord {
  const named = contentType === undefined ? headers : [...headers, ['content-type', contentType] as const];
  return { topic, partition, key: key ?? null, value: data, headers: kafkaHeaders(named) };
}
