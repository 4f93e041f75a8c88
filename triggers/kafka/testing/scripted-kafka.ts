import type { KafkaClient, OutgoingRecord, Producer, TopicPartition } from '../client/kafka-client.ts';

/** What becomes of one send: resolves when it is stored, rejects when that is not known. */
export type Answer = (records: readonly OutgoingRecord[]) => Promise<void>;

/** A cluster in memory that stores what producers send, and answers as a test says. It knows no groups. */
export class ScriptedKafka implements KafkaClient {
  /** Topics, and how many partitions they have. */
  readonly topicPartitions = new Map([['t', 1]]);
  /** What each send brought, stored or not. */
  readonly sends: (readonly OutgoingRecord[])[] = [];
  readonly stored: OutgoingRecord[] = [];
  answer: Answer = () => Promise.resolve();
  producersOpened = 0;
  producersOpen = 0;
  closed = false;

  get values(): string[] {
    return this.stored.map(({ value }) => Buffer.from(value ?? '').toString());
  }

  topics(): Promise<readonly string[]> {
    return Promise.resolve([...this.topicPartitions.keys()]);
  }

  partitions(topics: readonly string[]): Promise<ReadonlyMap<string, number>> {
    return Promise.resolve(new Map([...this.topicPartitions].filter(([topic]) => topics.includes(topic))));
  }

  producer(): Promise<Producer> {
    this.producersOpened += 1;
    this.producersOpen += 1;
    let failed = false;
    let open = true;
    return Promise.resolve({
      send: async (records) => {
        if (failed || !open) throw new TypeError('a producer is not used again after a failure');
        this.sends.push(records);
        try {
          await this.answer(records);
        } catch (thrown) {
          failed = true;
          throw thrown;
        }
        this.stored.push(...records);
      },
      begin: () => Promise.reject(new TypeError('no transactions here')),
      [Symbol.asyncDispose]: () => {
        if (open) this.producersOpen -= 1;
        open = false;
        return Promise.resolve();
      },
    });
  }

  bounds(): Promise<readonly []> {
    return Promise.resolve([]);
  }

  offsetsAt(): Promise<ReadonlyMap<number, number>> {
    return Promise.resolve(new Map());
  }

  committed(): Promise<readonly (TopicPartition & { offset: number; metadata: string })[]> {
    return Promise.resolve([]);
  }

  join(): Promise<never> {
    return Promise.reject(new TypeError('no groups here'));
  }

  [Symbol.asyncDispose](): Promise<void> {
    this.closed = true;
    return Promise.resolve();
  }
}
