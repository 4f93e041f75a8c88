import assert from 'node:assert/strict';
import { AssignerProtocol } from 'kafkajs';
import type { SluiceProcess } from '../sluice-process.ts';
import { until } from '../until.ts';
import { SHORT_SESSION_MS, type Stage } from './stage.ts';
import { TopicApp } from './topic-app.ts';

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

const PARTITIONS = 4;
const KEYS = 20;
/** For what was not done yet when nobody is killed any more. */
const PATIENCE_MS = 180_000;

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

/** A topic of events, topics for what was handled and what was given up on, and an app in between. */
export class KillRig implements Disposable {
  readonly #stage: Stage;
  readonly #app: TopicApp;
  readonly #random: () => number;
  readonly #published = new Set<string>();

  private constructor(stage: Stage, app: TopicApp, random: () => number) {
    this.#stage = stage;
    this.#app = app;
    this.#random = random;
  }

  static async setUp(stage: Stage, random: () => number, { exactlyOnce = false } = {}): Promise<KillRig> {
    const trigger = `
exactly_once = ${exactlyOnce}
rebalance_timeout = "${SHORT_SESSION_MS}ms"
commit_every = "50ms"
retry = { attempts = 4, first = "20ms", max = "100ms" }
dead_letter = "dead"`;
    const outputs = { out: PARTITIONS, dead: PARTITIONS };
    const options = { guest: 'choose', instances: 4, partitions: PARTITIONS, trigger, outputs };
    return new KillRig(stage, await TopicApp.create(stage, options), random);
  }

  /** A replica; all of them are one group. */
  start(): SluiceProcess {
    return this.#app.start();
  }

  async publish(count: number): Promise<void> {
    const below = (end: number): number => Math.floor(this.#random() * end);
    const records = Array.from({ length: count }, (_, n) => {
      const text = `${kinds[below(kinds.length)]} ${this.#published.size + n}`;
      const key = this.#random() < 0.5 ? null : Buffer.from(`key ${below(KEYS)}`);
      const partition = below(PARTITIONS);
      return { topic: this.#app.topic, partition, key, value: Buffer.from(text), headers: [] };
    });
    await this.#stage.peer.write(records);
    for (const { value } of records) this.#published.add(value.toString());
  }

  /** How many events are not done. */
  async left(): Promise<number> {
    return this.#app.left();
  }

  /** How many partitions each replica has; nobody has any while the group changes. */
  async shares(): Promise<readonly number[]> {
    const { groups } = await this.#stage.admin.describeGroups([this.#app.topic]);
    return groups
      .filter(({ state }) => state === 'Stable')
      .flatMap(({ members }) => members)
      .map(({ memberAssignment }) => AssignerProtocol.MemberAssignment.decode(memberAssignment))
      .map((assigned) => Object.values(assigned?.assignment ?? {}).flat().length)
      .toSorted((a, b) => a - b);
  }

  /** Grows with each output and each dead letter. */
  async written(): Promise<number> {
    const bounds = await Promise.all(
      [...this.#app.outputs.values()].map((topic) => this.#stage.peer.client.bounds(topic)),
    );
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

  [Symbol.dispose](): void {
    this.#app[Symbol.dispose]();
  }

  async #texts(output: string, readCommitted = true): Promise<readonly string[]> {
    const records = await this.#stage.peer.records(this.#app.outputs.get(output)!, readCommitted);
    return records.map(({ value }) => Buffer.from(value ?? []).toString());
  }
}

/** For people. */
export function summaryOf({ published, lost, doubled, dead, aborted }: Aftermath): string {
  return `${published} published, ${lost.length} lost, ${doubled.length} doubled, ${dead} dead, ${aborted} aborted`;
}
