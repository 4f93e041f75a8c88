import { type Admin, Kafka, logLevel } from 'kafkajs';
import { type AdapterContext, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/kafka/options/connection-options.ts';
import { adapter } from '../../triggers/kafka/index.ts';
import type { KafkaListener } from '../brokers/kafka-listeners.ts';
import type { KafkaServer } from '../brokers/kafka.ts';
import { KafkaPeer } from './kafka-peer.ts';

type Table = Readonly<Record<string, unknown>>;

/** How something is connected. */
interface Where {
  readonly listener?: KafkaListener;
  /** More keys of `[connection.NAME]`. */
  readonly connection?: Table;
}

/** Long enough that a busy machine keeps a session, and short enough that a test can wait for the end of one. */
export const SESSION_MS = 3000;
/** As short as the tests' broker allows: for tests that kill many members, wait for the end of their sessions, and bear that others lose theirs. */
export const SHORT_SESSION_MS = 1000;

/** Of a trigger that says nothing else. */
const options = { session_timeout: `${SESSION_MS}ms`, heartbeat: '200ms', commit_every: '20ms' };

/** What the tests of one file share: a broker's peer and its administrator, and a state file. */
export class Stage implements AsyncDisposable {
  readonly server: KafkaServer;
  readonly peer: KafkaPeer;
  readonly admin: Admin;
  readonly #state = StateFile.open(':memory:');
  readonly #opened: AsyncDisposable[] = [];

  private constructor(server: KafkaServer, peer: KafkaPeer, admin: Admin) {
    this.server = server;
    this.peer = peer;
    this.admin = admin;
  }

  static async set(server: KafkaServer): Promise<Stage> {
    const peer = await KafkaPeer.connect(server.bootstrap); // first: it mends the library's timers
    const admin = new Kafka({ brokers: [server.bootstrap], logLevel: logLevel.NOTHING }).admin();
    await admin.connect();
    return new Stage(server, peer, admin);
  }

  /** Keys as in `[[trigger.kafka]]`; the group is called like its topic. Closed with the stage. */
  async trigger(
    { topic, ...rest }: Table & { readonly topic: string },
    { listener = 'plain', connection = {} }: Where = {},
  ): Promise<Trigger> {
    const checked = adapter.trigger!.schema.parse({ ...options, topic, group: topic, ...rest });
    const context = this.#context(listener, connection);
    const trigger = await adapter.trigger!.open(checked, context, new AbortController().signal);
    this.#opened.push(trigger);
    return trigger;
  }

  /** Keys as in `[output.NAME]`. Closed with the stage. */
  async output(keys: Table, { listener = 'plain', connection = {} }: Where = {}): Promise<Publisher> {
    const checked = adapter.output!.schema.parse(keys);
    const context = this.#context(listener, connection);
    const output = await adapter.output!.open(checked, context, new AbortController().signal);
    this.#opened.push(output);
    return output;
  }

  /** Writes records with these texts into one partition, in order; `KEY=TEXT` has a key. */
  async store(topic: string, texts: readonly string[], partition = 0): Promise<void> {
    await this.peer.send(topic, texts.map(messageOf), partition);
  }

  /** What a group has committed for a partition; `undefined`: nothing yet. */
  async committed(topic: string, partition = 0, group = topic): Promise<number | undefined> {
    const committed = await this.peer.client.committed(group, [topic]);
    return committed.find((one) => one.partition === partition)?.offset;
  }

  /** Where the log of a partition ends. */
  async end(topic: string, partition = 0): Promise<number> {
    const bounds = await this.peer.client.bounds(topic);
    return bounds.find((one) => one.partition === partition)?.end ?? 0;
  }

  /** Ids of the members of a group. A member that joins again after it was given up has another. */
  async members(group: string): Promise<readonly string[]> {
    const { groups } = await this.admin.describeGroups([group]);
    return groups.flatMap(({ members }) => members.map(({ memberId }) => memberId));
  }

  #context(listener: KafkaListener, connection: Table): AdapterContext {
    const connected = connectionOptions.parse({ brokers: this.server.address(listener), ...connection });
    return adapterContext(this.#state, { connection: connected });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all(this.#opened.map((opened) => opened[Symbol.asyncDispose]()));
    await this.admin.disconnect();
    await this.peer[Symbol.asyncDispose]();
    await this.#state[Symbol.asyncDispose]();
  }
}

function messageOf(text: string): Message {
  const [, key, keyed] = /^(\w+)=(.*)$/s.exec(text) ?? [];
  const data = Buffer.from(keyed ?? text);
  return key === undefined ? { headers: [], data } : { key: Buffer.from(key), headers: [], data };
}

/** `0`, `1`, … as texts. */
export function numbers(count: number): readonly string[] {
  return Array.from({ length: count }, (_, n) => String(n));
}
