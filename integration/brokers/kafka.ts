import { randomUUID } from 'node:crypto';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Kafka, logLevel } from 'kafkajs';
import type { BrokerCommand } from './broker-host.ts';
import { certificates } from './certificates.ts';
import { freePort } from './free-port.ts';
import { KAFKA_READY, QUICK_START, writeKafkaFiles } from './kafka-files.ts';
import { listenerProperties } from './kafka-listeners.ts';
import type { KafkaListener, KafkaNode, ListenerPorts } from './kafka-listeners.ts';
import { KAFKA_LINE, kafkaVersion } from './kafka-releases.ts';
import type { KafkaLine } from './kafka-releases.ts';
import { provisionKafka } from './provision-kafka.ts';
import { FaultProxy } from './proxy.ts';
import { TestBroker } from './test-broker.ts';
import { until } from '../until.ts';

/** The variable with the port of the broker that a test run shares. */
export const SHARED_KAFKA = 'SLUICE_SHARED_KAFKA';

export interface KafkaServerOptions {
  /** Default: the newest, or what `SLUICE_KAFKA` says. */
  readonly line?: KafkaLine;
  /** Listeners beside `plain`, which is always there. */
  readonly listeners?: readonly KafkaListener[];
  /** Broker properties beside and instead of those of `kafka-files.ts`. */
  readonly properties?: Readonly<Record<string, string>>;
  /** Default: the only node of its cluster. */
  readonly node?: KafkaNode;
  /** Default `QUICK_START`; a benchmark wants an optimizing compiler and more memory. */
  readonly jvmFlags?: readonly string[];
}

export interface TopicOptions {
  /** Default 1. */
  readonly partitions?: number;
  /** Such as `cleanup.policy`; default the broker's. */
  readonly config?: Readonly<Record<string, string>>;
}

/** Names that a broker's hash spreads over all five partitions of its own topics (see `kafka-files.ts`), each of which is loaded by itself. */
const ONE_PER_PARTITION = ['a', 'b', 'c', 'd', 'e'];

/** A real Kafka, broker and controller in one (KRaft), on free ports of 127.0.0.1, with a folder of its own. Ends with `await using`. */
export class KafkaServer extends TestBroker {
  readonly line: KafkaLine;
  /** What its TLS listeners are signed with, and what `mutual-tls` accepts. */
  readonly certificates = certificates();
  readonly #ports = new Map<KafkaListener, ListenerPorts>();
  readonly #jvmFlags: readonly string[];
  #proxy: FaultProxy | undefined;

  private constructor(folder: string, { line = KAFKA_LINE, jvmFlags = QUICK_START }: KafkaServerOptions) {
    super(folder);
    this.line = line;
    this.#jvmFlags = jvmFlags;
  }

  /** Resolves when it can be used, for groups and transactions too. */
  static async start(options: KafkaServerOptions = {}): Promise<KafkaServer> {
    await using starting = new AsyncDisposableStack();
    const server = starting.use(await KafkaServer.prepare(options));
    await server.restart();
    await server.coordinates();
    starting.move();
    return server;
  }

  /** Writes the configuration, starts nothing: `restart` does. For clusters, whose nodes must be started together. */
  static async prepare(options: KafkaServerOptions): Promise<KafkaServer> {
    await using preparing = new AsyncDisposableStack();
    const server = preparing.use(new KafkaServer(await mkdtemp(join(tmpdir(), 'sluice-kafka-')), options));
    await server.#prepare(options);
    preparing.move();
    return server;
  }

  /** The broker that the whole test run shares, for tests that don't change the broker itself; a new one if there is none. */
  static async borrow(): Promise<KafkaServer> {
    const port = Number(process.env[SHARED_KAFKA]);
    if (!port) return KafkaServer.start();
    const server = new KafkaServer(await mkdtemp(join(tmpdir(), 'sluice-kafka-')), {});
    server.#ports.set('plain', { bound: port, advertised: port });
    return server;
  }

  /**
   * Resolves when it coordinates groups and transactions. A broker makes its own topics for these when the first client asks; on a busy machine
   * that takes longer than a client keeps asking.
   */
  async coordinates(): Promise<void> {
    const client = new Kafka({ brokers: [this.bootstrap], logLevel: logLevel.NOTHING });
    const admin = client.admin();
    const answers = (asked: () => Promise<unknown>): Promise<void> =>
      until(() =>
        asked().then(
          () => true,
          () => false,
        ),
      );
    try {
      await answers(() => admin.connect());
      await Promise.all(ONE_PER_PARTITION.map((groupId) => answers(() => admin.fetchOffsets({ groupId, topics: [] }))));
    } finally {
      await admin.disconnect();
    }
    await Promise.all(
      ONE_PER_PARTITION.map(async (transactionalId) => {
        const producer = client.producer({ transactionalId, idempotent: true, maxInFlightRequests: 1 });
        try {
          await answers(() => producer.connect());
          await answers(async () => (await producer.transaction()).abort());
        } finally {
          await producer.disconnect();
        }
      }),
    );
  }

  /** `127.0.0.1:port`, for a client without TLS or login. */
  get bootstrap(): string {
    return this.address('plain');
  }

  address(listener: KafkaListener): string {
    const ports = this.#ports.get(listener);
    if (ports === undefined) throw new TypeError(`the server was started without the listener ${listener}`);
    return `127.0.0.1:${ports.advertised}`;
  }

  /** In front of the listener `proxied`. */
  get proxy(): FaultProxy {
    if (this.#proxy === undefined) throw new TypeError('the server was started without the listener proxied');
    return this.#proxy;
  }

  /** Makes a topic with a name that no other has, and resolves to that name when it can be written to. */
  async freshTopic(options: TopicOptions = {}): Promise<string> {
    const topic = `topic-${randomUUID()}`;
    await this.makeTopic(topic, options);
    return topic;
  }

  /** Resolves when it can be written to. */
  async makeTopic(topic: string, { partitions = 1, config = {} }: TopicOptions = {}): Promise<void> {
    const admin = new Kafka({ brokers: [this.bootstrap], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    try {
      const configEntries = Object.entries(config).map(([name, value]) => ({ name, value }));
      const topics = [{ topic, numPartitions: partitions, configEntries }];
      await admin.createTopics({ topics, waitForLeaders: false });
      // The broker hears of it from its controller a moment later, and then makes its logs.
      const isReady = (): Promise<boolean> =>
        admin.fetchTopicOffsets(topic).then(
          (offsets) => offsets.length === partitions,
          () => false,
        );
      await until(isReady, 60_000);
    } finally {
      await admin.disconnect();
    }
  }

  override async [Symbol.asyncDispose](): Promise<void> {
    await super[Symbol.asyncDispose]();
    await this.#proxy?.[Symbol.asyncDispose]();
  }

  protected override get command(): BrokerCommand {
    const script = join(this.folder, 'kafka.sh');
    return {
      image: `apache/kafka:${kafkaVersion(this.line)}`,
      entrypoint: ['sh', script, 'java', '-cp', '/opt/kafka/libs/*'],
      program: async () => ['sh', script, ...(await provisionKafka(this.line))],
      args: this.#jvmFlags,
      folder: this.folder,
      ready: KAFKA_READY,
    };
  }

  async #prepare({ listeners = [], properties, node }: KafkaServerOptions): Promise<void> {
    for (const listener of ['plain', ...listeners] as const) {
      const port = await freePort();
      this.#ports.set(listener, { bound: port, advertised: port });
    }
    const behind = this.#ports.get('proxied')?.bound;
    if (behind !== undefined) {
      this.#proxy = await FaultProxy.listen(behind);
      this.#ports.set('proxied', { bound: behind, advertised: Number(this.#proxy.address.split(':')[1]) });
    }
    await writeFile(join(this.folder, 'ca.pem'), this.certificates.ca);
    await writeFile(join(this.folder, 'server.pem'), this.certificates.server.key + this.certificates.server.cert);
    const alone = { id: 1, controllerPorts: [await freePort()] };
    await writeKafkaFiles(this.folder, {
      ...listenerProperties(this.#ports, node ?? alone, this.folder),
      ...properties,
    });
  }
}
