import { setTimeout as sleep } from 'node:timers/promises';
import {
  CompressionTypes,
  type Kafka,
  type Message,
  type Producer as LibraryProducer,
  type RecordMetadata,
  type Transaction as LibraryTransaction,
} from 'kafkajs';
import { SluiceError } from '#trigger';
import { kafkaError } from '../kafka-error.ts';
import type {
  CommittedOffset,
  Compression,
  OutgoingRecord,
  Producer,
  ProducerOptions,
  Transaction,
} from '../kafka-client.ts';
import { tellingRefusal } from './hooks/coordinator-hook.ts';
import { Sequences, sequencesOfSend } from './hooks/sequences.ts';
import { TryLimit } from './try-limit.ts';

/** Six tries within 8 s: an outage must show, and callers retry anyway. */
const RETRY = { retries: 5, initialRetryTime: 200, maxRetryTime: 3000 };
/** How long disposing waits for sends in flight; the connections then close behind it. In milliseconds. */
const CLOSING_MS = 2000;
/** Pauses between requests to coordinators, in milliseconds: ending the previous transaction takes a few, starting up takes longer. */
const COORDINATOR_PAUSES_MS = [5, 10, 20, 40, 80, 160, 320, 640, 1280, 2560];

const compressionTypes: Readonly<Record<Compression, CompressionTypes>> = {
  none: CompressionTypes.None,
  gzip: CompressionTypes.GZIP,
  snappy: CompressionTypes.Snappy,
  lz4: CompressionTypes.LZ4,
  zstd: CompressionTypes.ZSTD,
};

/** `addresses` appear in messages. Rejects with a SluiceError. */
export async function connectProducer(kafka: Kafka, options: ProducerOptions, addresses: string): Promise<Producer> {
  const limit = new TryLimit();
  const { transactionalId, transactionTimeoutMs } = options;
  const library = kafka.producer({
    // Partitions are chosen before: the library asks again at each try, and a record whose partition changes between tries is lost or duplicated.
    createPartitioner: () => limit.partitionOf,
    allowAutoTopicCreation: false,
    retry: RETRY,
    // A transactional producer gets its id with its first transaction; this would request another one that nobody uses.
    idempotent: transactionalId === undefined,
    ...(transactionalId === undefined ? {} : { transactionalId }),
    ...(transactionTimeoutMs === undefined ? {} : { transactionTimeout: transactionTimeoutMs }),
  });
  const producer = new KafkajsProducer(library, limit, options, addresses);
  try {
    await library.connect();
    if (transactionalId !== undefined) await tellingRefusal(() => claimId(library));
    return producer;
  } catch (thrown) {
    await producer[Symbol.asyncDispose]();
    throw kafkaError(thrown, addresses, transactionalId && `transactional id '${transactionalId}'`);
  }
}

/** Fences the previous owner of the transactional id: the library asks for it with the first transaction. */
async function claimId(library: LibraryProducer): Promise<void> {
  await (await library.transaction()).abort();
}

/** A producer, or one of its transactions. */
type Sender = Pick<LibraryProducer, 'sendBatch'>;

/**
 * A producer of the library, used until something fails. The library then takes back the sequence numbers of sent records, although these may be
 * stored, and the broker would take the next batch with those numbers for a repetition and drop it.
 */
class KafkajsProducer implements Producer {
  readonly #library: LibraryProducer;
  readonly #limit: TryLimit;
  readonly #options: ProducerOptions;
  readonly #addresses: string;
  readonly #sequences = new Sequences();
  #sending: Promise<unknown> = Promise.resolve();
  #closed: Promise<void> | undefined;

  constructor(library: LibraryProducer, limit: TryLimit, options: ProducerOptions, addresses: string) {
    this.#library = library;
    this.#limit = limit;
    this.#options = options;
    this.#addresses = addresses;
  }

  async send(records: readonly OutgoingRecord[]): Promise<void> {
    await this.#sendBy(this.#library, records, this.#options.compression);
  }

  async begin(): Promise<Transaction> {
    const transaction = await this.#asked('a transaction', () => this.#library.transaction());
    let sure = true;
    return {
      get sure() {
        return sure;
      },
      send: async (records, compression) => {
        this.#sequences.begin();
        try {
          await sequencesOfSend.run(this.#sequences, () => this.#sendBy(transaction, records, compression));
        } catch (thrown) {
          sure = await this.#sequences.failed();
          throw thrown;
        }
      },
      offsets: (group, offsets) =>
        this.#asked(`offsets of group '${group}'`, () => commit(transaction, group, offsets)),
      commit: () => this.#asked('the end of a transaction', () => transaction.commit()),
      abort: () => this.#asked('the end of a transaction', () => transaction.abort()),
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  async #sendBy(sender: Sender, records: readonly OutgoingRecord[], compression: Compression): Promise<void> {
    if (records.length === 0) return;
    const byTopic = Map.groupBy(records, ({ topic }) => topic);
    const topics = [...byTopic.keys()].map((topic) => `'${topic}'`).join(', ');
    const sending = this.#asked(`messages to topic ${topics}`, () => {
      this.#limit.begin();
      return sender.sendBatch({
        acks: -1,
        compression: compressionTypes[compression],
        ...(this.#options.timeoutMs === undefined ? {} : { timeout: this.#options.timeoutMs }),
        // Our own hook encodes the records from these fields: headers in order, with repeated names and null values.
        topicMessages: [...byTopic].map(([topic, some]) => ({ topic, messages: some as unknown as Message[] })),
      });
    });
    this.#sending = sending.catch(() => {}); // the caller gets the error
    demandAll(records, await sending);
  }

  async #asked<T>(what: string, question: () => Promise<T>): Promise<T> {
    try {
      return await question();
    } catch (thrown) {
      throw kafkaError(thrown, this.#addresses, what);
    }
  }

  /** The library waits for answers to its requests, and may connect once more before it notices that it was closed. */
  async #close(): Promise<void> {
    this.#limit.close();
    const disconnect = (): Promise<void> => this.#library.disconnect().catch(() => {}); // gone either way
    const gone = Promise.all([disconnect(), this.#sending.then(disconnect)]);
    await Promise.race([gone, sleep(CLOSING_MS, undefined, { ref: false })]);
  }
}

/**
 * Coordinators move and may be slow to end the previous transaction, but the library asks them only once. Asking again is safe: equal offsets
 * replace each other.
 */
async function commit(
  transaction: LibraryTransaction,
  group: string,
  offsets: readonly CommittedOffset[],
): Promise<void> {
  const topics = [...Map.groupBy(offsets, ({ topic }) => topic)].map(([topic, some]) => ({
    topic,
    partitions: some.map(({ partition, offset, metadata }) => ({ partition, offset: String(offset), metadata })),
  }));
  for (const pauseMs of COORDINATOR_PAUSES_MS) {
    try {
      return await transaction.sendOffsets({ consumerGroupId: group, topics });
    } catch (thrown) {
      if (!isPassing(thrown)) throw thrown;
      await sleep(pauseMs);
    }
  }
  await transaction.sendOffsets({ consumerGroupId: group, topics });
}

/** An answer of a broker, which says so itself. */
function isPassing(thrown: unknown): boolean {
  return thrown instanceof Error && 'type' in thrown && 'retriable' in thrown && thrown.retriable === true;
}

/**
 * The library remembers which broker has answered, not which partition. If a partition's leader moves between two tries to a broker that has
 * answered, its records are never sent, and the send still resolves. Throws SLU3409 if that happened.
 */
function demandAll(records: readonly OutgoingRecord[], answer: readonly RecordMetadata[]): void {
  const stored = new Set(answer.map(({ topicName, partition }) => `${topicName}/${partition}`));
  const missing = records.find(({ topic, partition }) => !stored.has(`${topic}/${partition}`));
  if (missing === undefined) return;
  throw new SluiceError(
    'SLU3409',
    `no broker confirmed messages to topic '${missing.topic}', partition ${missing.partition}; its leader has moved`,
    { transient: true },
  );
}
