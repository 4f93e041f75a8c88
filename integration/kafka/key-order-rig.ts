import { KafkaServer } from '../brokers/kafka.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { until } from '../until.ts';
import { KafkaPeer } from './kafka-peer.ts';

const GROUP = 'ordered';
const PARTITIONS = 8;
const KEYS = 500;
/** Records that are sent at once. */
const BATCH = 2000;

/** Dead letters go where outputs go, so that their place among them can be seen. */
const toml = (brokers: string, exactlyOnce: boolean): string => `
component.wakes.pool = { threads = 1, instances = 16 }
[connection.main]
type = "kafka"
brokers = "${brokers}"
[[trigger.kafka]]
connection = "main"
topic = "in"
group = "${GROUP}"
component = "wakes"
concurrency = 256
exactly_once = ${exactlyOnce}
session_timeout = "1s"
rebalance_timeout = "2s"
heartbeat = "200ms"
retry = { attempts = 3, first = "5ms", max = "20ms" }
dead_letter = "out"
[output.out]
connection = "main"
topic = "out"`;

/** The order in which the events of each key ended: with an output, or as a dead letter. */
export interface KeyOrder {
  /** Ended for the first time, out of so many. */
  readonly ended: number;
  /** Ended again. */
  readonly doubled: number;
  /** Ended before an event of the same key that came before it: `KEY: N before M`. */
  readonly inversions: readonly string[];
}

/** A broker with events that are numbered within each key, an app for them, and a topic of one partition, which tells in what order they ended. */
export class KeyOrderRig implements AsyncDisposable {
  readonly #server: KafkaServer;
  readonly #peer: KafkaPeer;
  readonly #app: TemporaryApp;

  private constructor(server: KafkaServer, peer: KafkaPeer, app: TemporaryApp) {
    this.#server = server;
    this.#peer = peer;
    this.#app = app;
  }

  static async setUp({ exactlyOnce = false } = {}): Promise<KeyOrderRig> {
    await using stack = new AsyncDisposableStack();
    const server = stack.use(await KafkaServer.start());
    await server.makeTopic('in', { partitions: PARTITIONS });
    await server.makeTopic('out');
    const peer = stack.use(await KafkaPeer.connect(server.bootstrap));
    // A broker makes what it keeps its groups in when the first one is asked for.
    await until(() =>
      peer.lag(GROUP, 'in').then(
        () => true,
        () => false,
      ),
    );
    const app = await TemporaryApp.create({ guests: ['wakes'], toml: toml(server.bootstrap, exactlyOnce) });
    stack.move();
    return new KeyOrderRig(server, peer, app);
  }

  /** Another member of the group. */
  start(): SluiceProcess {
    return this.#app.start(['up']);
  }

  async publish(count: number, random: () => number): Promise<void> {
    const numbers = Array.from({ length: KEYS }, () => 0);
    for (let sent = 0; sent < count; sent += BATCH) {
      const records = Array.from({ length: Math.min(BATCH, count - sent) }, () => {
        const key = Math.floor(random() * KEYS);
        const text = `${pause(random)} ${kind(random)} ${key} ${(numbers[key]! += 1)}`;
        return {
          topic: 'in',
          partition: key % PARTITIONS,
          key: Buffer.from(String(key)),
          value: Buffer.from(text),
          headers: [],
        };
      });
      await this.#peer.write(records);
    }
  }

  /** How many events are not done. */
  async left(): Promise<number> {
    return this.#peer.lag(GROUP, 'in');
  }

  async order(): Promise<KeyOrder> {
    const last = new Map<string, number>();
    const inversions: string[] = [];
    let [ended, doubled] = [0, 0];
    await this.#peer.scan('out', ({ value }) => {
      const [key = '', number] = Buffer.from(value!).toString().split(' ').slice(-2);
      const before = last.get(key) ?? 0;
      if (Number(number) <= before) return void (doubled += 1);
      if (Number(number) > before + 1) inversions.push(`${key}: ${number} before ${before + 1}`);
      ended += 1;
      last.set(key, Number(number));
    });
    return { ended, doubled, inversions };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#app[Symbol.dispose]();
    await this.#peer[Symbol.asyncDispose]();
    await this.#server[Symbol.asyncDispose]();
  }
}

/** What a handler waits, in milliseconds: often nothing. */
function pause(random: () => number): number {
  return random() < 0.7 ? 0 : Math.floor(random() * 5);
}

/** Some fail once or twice, a few always. */
function kind(random: () => number): string {
  const n = random();
  if (n < 0.04) return 'fail-until:2';
  if (n < 0.06) return 'fail-until:3';
  return n < 0.065 ? 'fail' : 'echo';
}
