import assert from 'node:assert/strict';
import { KafkaServer } from '../brokers/kafka.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { until } from '../until.ts';
import { KafkaPeer } from './kafka-peer.ts';

/** What becomes of an event: most are echoed, some only at a later attempt, some never. */
const kinds = [
  'echo',
  'echo',
  'echo',
  'echo',
  'fail-until:2',
  'fail-until:3',
  'trap-until:2',
  'fail',
  'reject',
  'trap',
];

const GROUP = 'killed';
const PARTITIONS = 4;
const KEYS = 20;
/** What a process that was killed leaves undone goes on after this long. */
export const SESSION_MS = 1000;
/** For what was not done yet when nobody is killed any more. */
const PATIENCE_MS = 180_000;

const toml = (brokers: string, exactlyOnce: boolean): string => `
component.choose.pool = { threads = 1, instances = 4 }
[connection.main]
type = "kafka"
brokers = "${brokers}"
[[trigger.kafka]]
connection = "main"
topic = "in"
group = "${GROUP}"
component = "choose"
exactly_once = ${exactlyOnce}
session_timeout = "${SESSION_MS}ms"
rebalance_timeout = "${SESSION_MS}ms"
heartbeat = "200ms"
commit_every = "50ms"
retry = { attempts = 4, first = "20ms", max = "100ms" }
dead_letter = "dead"
[output.out]
connection = "main"
topic = "out"
[output.dead]
connection = "main"
topic = "dead"`;

/** What a reader of committed records finds at the end. */
export interface Aftermath {
  readonly published: number;
  /** Events of which there is neither an output nor a dead letter. */
  readonly lost: readonly string[];
  /** Outputs and dead letters beyond one an event. */
  readonly doubled: readonly string[];
  readonly dead: number;
  /** Outputs and dead letters in transactions that were aborted. */
  readonly aborted: number;
}

/** A broker with a topic of events, topics for what was handled and what was given up on, and an app in between. */
export class KillRig implements AsyncDisposable {
  readonly #server: KafkaServer;
  readonly #peer: KafkaPeer;
  readonly #app: TemporaryApp;
  readonly #random: () => number;
  readonly #published = new Set<string>();

  private constructor(server: KafkaServer, peer: KafkaPeer, app: TemporaryApp, random: () => number) {
    this.#server = server;
    this.#peer = peer;
    this.#app = app;
    this.#random = random;
  }

  static async setUp(random: () => number, { exactlyOnce = false } = {}): Promise<KillRig> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await KafkaServer.start());
    await Promise.all(['in', 'out', 'dead'].map((topic) => server.makeTopic(topic, { partitions: PARTITIONS })));
    const peer = stack.use(await KafkaPeer.connect(server.bootstrap));
    // A broker makes what it keeps its groups in when the first one is asked for.
    await until(() =>
      peer.client.committed(GROUP, ['in']).then(
        () => true,
        () => false,
      ),
    );
    const app = await TemporaryApp.create({ guests: ['choose'], toml: toml(server.bootstrap, exactlyOnce) });
    stack.move();
    return new KillRig(server, peer, app, random);
  }

  /** A replica; all of them are one group. */
  start(): SluiceProcess {
    return this.#app.start(['up']);
  }

  async publish(count: number): Promise<void> {
    const some = <T>(of: readonly T[]): T => of[Math.floor(this.#random() * of.length)]!;
    const records = Array.from({ length: count }, (_, n) => {
      const text = `${some(kinds)} ${this.#published.size + n}`;
      const key = this.#random() < 0.5 ? null : Buffer.from(`key ${some([...Array(KEYS).keys()])}`);
      const partition = some([...Array(PARTITIONS).keys()]);
      return { topic: 'in', partition, key, value: Buffer.from(text), headers: [] };
    });
    await this.#peer.write(records);
    for (const { value } of records) this.#published.add(value.toString());
  }

  /** How many events are not done. */
  async left(): Promise<number> {
    return this.#peer.lag(GROUP, 'in');
  }

  /** Grows with each output and each dead letter. */
  async written(): Promise<number> {
    const bounds = await Promise.all(['out', 'dead'].map((topic) => this.#peer.client.bounds(topic)));
    return bounds.flat().reduce((sum, { end }) => sum + end, 0);
  }

  /** Waits until nothing is left to do, and looks at what is there. */
  async finish(): Promise<Aftermath> {
    await until(async () => (await this.left()) === 0, PATIENCE_MS);
    const [out, dead] = [await this.#texts('out'), await this.#texts('dead')];
    const ends = Map.groupBy([...out, ...dead], (text) => text);
    assert.deepEqual(
      [...ends.keys()].filter((text) => !this.#published.has(text)),
      [],
      'nothing was made up',
    );
    const all = (await this.#texts('out', false)).length + (await this.#texts('dead', false)).length;
    return {
      published: this.#published.size,
      lost: [...this.#published].filter((text) => !ends.has(text)),
      doubled: [...ends.values()].flatMap(([, ...more]) => more),
      dead: dead.length,
      aborted: all - out.length - dead.length,
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#app[Symbol.dispose]();
    await this.#peer[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }

  async #texts(topic: string, readCommitted = true): Promise<readonly string[]> {
    const records = await this.#peer.records(topic, readCommitted);
    return records.map(({ value }) => Buffer.from(value ?? []).toString());
  }
}

/** For people. */
export function told({ published, lost, doubled, dead, aborted }: Aftermath): string {
  return `${published} published, ${lost.length} lost, ${doubled.length} doubled, ${dead} dead, ${aborted} aborted`;
}
