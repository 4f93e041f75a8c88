import type { SluiceProcess } from '../sluice-process.ts';
import type { KafkaPeer } from './kafka-peer.ts';
import type { Stage } from './stage.ts';
import { TopicApp } from './topic-app.ts';

const PARTITIONS = 8;
const KEYS = 500;
/** Records that are sent at once. */
const BATCH = 2000;

/** The order in which the events of each key ended: with an output, or as a dead letter. */
export interface KeyOrder {
  /** Ended for the first time, out of so many. */
  readonly ended: number;
  /** Ended again. */
  readonly doubled: number;
  /** Ended before an event of the same key that came before it: `KEY: N before M`. */
  readonly inversions: readonly string[];
}

/** Events that are numbered within each key, an app for them, and a topic of one partition, which tells in what order they ended. */
export class KeyOrderRig implements Disposable {
  readonly #peer: KafkaPeer;
  readonly #app: TopicApp;

  private constructor(peer: KafkaPeer, app: TopicApp) {
    this.#peer = peer;
    this.#app = app;
  }

  static async setUp(stage: Stage, { exactlyOnce = false } = {}): Promise<KeyOrderRig> {
    // Dead letters go where outputs go, so that their place among them can be seen.
    const trigger = `
exactly_once = ${exactlyOnce}
concurrency = 256
rebalance_timeout = "2s"
retry = { attempts = 3, first = "5ms", max = "20ms" }
dead_letter = "out"`;
    const options = { guest: 'wakes', instances: 16, partitions: PARTITIONS, trigger, outputs: { out: 1 } };
    return new KeyOrderRig(stage.peer, await TopicApp.create(stage, options));
  }

  /** Another member of the group. */
  start(): SluiceProcess {
    return this.#app.start();
  }

  async publish(count: number, random: () => number): Promise<void> {
    const numbers = Array.from({ length: KEYS }, () => 0);
    for (let sent = 0; sent < count; sent += BATCH) {
      const records = Array.from({ length: Math.min(BATCH, count - sent) }, () => {
        const key = Math.floor(random() * KEYS);
        const text = `${pause(random)} ${kind(random)} ${key} ${(numbers[key]! += 1)}`;
        return {
          topic: this.#app.topic,
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
    return this.#app.left();
  }

  async order(): Promise<KeyOrder> {
    const last = new Map<string, number>();
    const inversions: string[] = [];
    let [ended, doubled] = [0, 0];
    await this.#peer.scan(this.#app.outputs.get('out')!, ({ value }) => {
      const [key = '', number] = Buffer.from(value!).toString().split(' ').slice(-2);
      const before = last.get(key) ?? 0;
      if (Number(number) <= before) return void (doubled += 1);
      if (Number(number) > before + 1) inversions.push(`${key}: ${number} before ${before + 1}`);
      ended += 1;
      last.set(key, Number(number));
    });
    return { ended, doubled, inversions };
  }

  [Symbol.dispose](): void {
    this.#app[Symbol.dispose]();
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
