import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { type AdapterContext, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, type Rig } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { adapter } from '../../triggers/kafka/index.ts';
import type { KafkaServer } from '../brokers/kafka.ts';
import { KafkaPeer } from './kafka-peer.ts';
import { SESSION_MS } from './stage.ts';

const MARK = 'rig-mark';

/** A topic of its own on a shared broker. Triggers reach it through a proxy, which a crash cuts: one rig at a time. */
export class KafkaRig implements Rig {
  readonly #server: KafkaServer;
  readonly #peer: KafkaPeer;
  readonly #topic: string;
  readonly #outTopic: string;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #state = StateFile.open(':memory:');
  #marks = 0;

  private constructor(server: KafkaServer, peer: KafkaPeer, topics: readonly [string, string], options: object) {
    this.#server = server;
    this.#peer = peer;
    [this.#topic, this.#outTopic] = topics;
    this.#options = { ...options };
  }

  /** The server needs the listener `proxied`. */
  static async setUp(server: KafkaServer, options: object = {}): Promise<KafkaRig> {
    const config = { 'max.message.bytes': String(2 ** 22) };
    const topics = [await server.freshTopic({ config }), await server.freshTopic({ config })] as const;
    return new KafkaRig(server, await KafkaPeer.connect(server.bootstrap), topics, options);
  }

  async openTrigger(): Promise<Trigger> {
    const options = adapter.trigger!.schema.parse({
      topic: this.#topic,
      session_timeout: `${SESSION_MS}ms`,
      heartbeat: '200ms',
      ...this.#options,
    });
    return adapter.trigger!.open(options, this.#context(), new AbortController().signal);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    await this.#peer.send(this.#topic, messages);
  }

  async crash(trigger: Trigger): Promise<void> {
    this.#server.proxy.refuse();
    await Promise.all([trigger[Symbol.asyncDispose](), sleep(SESSION_MS + 200)]);
    this.#server.proxy.heal();
  }

  /** More than `max.message.bytes` of its topics. */
  neverTaken(): Message {
    return { headers: [], data: randomBytes(5 * 2 ** 20) };
  }

  async openPublisher(): Promise<Publisher> {
    const options = adapter.output!.schema.parse({ topic: this.#outTopic });
    return adapter.output!.open(options, this.#context(), new AbortController().signal);
  }

  /** A record of ours behind the others is seen when every transaction before it has ended. */
  async published(): Promise<readonly Message[]> {
    await this.#peer.send(this.#outTopic, [{ headers: [[MARK, '']], data: new Uint8Array() }]);
    this.#marks += 1;
    const isMark = ({ headers }: Message): boolean => headers[0]?.[0] === MARK;
    for (;;) {
      const messages = await this.#peer.read(this.#outTopic);
      if (messages.filter(isMark).length === this.#marks) return messages.filter((message) => !isMark(message));
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#peer[Symbol.asyncDispose]();
    await this.#state[Symbol.asyncDispose]();
  }

  #context(): AdapterContext {
    const connection = connectionOptions.parse({ brokers: this.#server.address('proxied') });
    return adapterContext(this.#state, { connection });
  }
}
