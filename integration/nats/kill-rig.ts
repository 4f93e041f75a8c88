import assert from 'node:assert/strict';
import { NatsServer } from '../brokers/nats.ts';
import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { Stage, until } from './stage.ts';

/** What becomes of an event: most are echoed, some only at a later attempt, some never. */
const kinds = ['echo', 'echo', 'echo', 'echo', 'fail-until:2', 'fail-until:3', 'fail', 'reject'];

const toml = (address: string): string => `
[connection.main]
type = "nats"
servers = "${address}"
[[trigger.nats]]
connection = "main"
stream = "in"
durable = "d"
component = "choose"
ack_wait = "2s"
retry = { attempts = 4, first = "20ms", max = "100ms" }
dead_letter = "dead"
[output.out]
connection = "main"
subject = "done.out"
[output.dead]
connection = "main"
subject = "done.dead"`;

/** A server with a stream of events in, one stream for what was handled or given up on, and an app in between. */
export class KillRig implements AsyncDisposable {
  readonly server: NatsServer;
  readonly stage: Stage;
  readonly #app: TemporaryApp;
  readonly #random: () => number;
  readonly #published = new Set<string>();

  private constructor(server: NatsServer, stage: Stage, app: TemporaryApp, random: () => number) {
    this.server = server;
    this.stage = stage;
    this.#app = app;
    this.#random = random;
  }

  static async setUp(random: () => number): Promise<KillRig> {
    const server = await NatsServer.start();
    const stage = await Stage.set(server.address);
    await stage.jsm.streams.add({ name: 'in', subjects: ['in.>'] });
    await stage.jsm.streams.add({ name: 'done', subjects: ['done.>'] });
    const app = await TemporaryApp.create({ guests: ['choose'], toml: toml(server.address) });
    return new KillRig(server, stage, app, random);
  }

  get published(): number {
    return this.#published.size;
  }

  /** A replica; all of them share one durable. */
  start(): SluiceProcess {
    return this.#app.start(['up']);
  }

  async publish(count: number): Promise<void> {
    for (let n = 0; n < count; n += 1) {
      const text = `${kinds[Math.floor(this.#random() * kinds.length)]} ${this.published}`;
      this.#published.add(text);
      this.stage.nc.publish('in.a', text);
    }
    await this.stage.nc.flush();
  }

  /** How many events are handled or given up on. */
  async done(): Promise<number> {
    return (await this.stage.jsm.streams.info('done')).state.messages;
  }

  /** Waits until nothing is left to do, and fails if an event was lost. What is there too much, in words. */
  async finish(): Promise<string> {
    await until(async () => {
      const { num_pending: ahead, num_ack_pending: out } = await this.stage.jsm.consumers.info('in', 'd');
      return ahead + out === 0;
    }, 120_000);
    const handled = await this.#results('done.out');
    const dead = await this.#results('done.dead');
    const lost = [...this.#published].filter((text) => !handled.has(text) && !dead.has(text));
    assert.deepEqual(lost, [], 'every event was handled or given up on');
    const twice = [...handled, ...dead].filter(([, count]) => count > 1);
    const both = [...handled.keys()].filter((text) => dead.has(text));
    return `0 lost, ${twice.length} twice, ${both.length} handled and given up on`;
  }

  /** How often each text is there. */
  async #results(subject: string): Promise<ReadonlyMap<string, number>> {
    const counts = new Map<string, number>();
    const end = (await this.stage.jsm.streams.info('done')).state.last_seq;
    for (let seq = 1; seq <= end; seq += 1) {
      const message = await this.stage.jsm.streams.getMessage('done', { seq });
      if (message?.subject !== subject) continue;
      const text = message.string();
      counts.set(text, (counts.get(text) ?? 0) + 1);
    }
    return counts;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#app[Symbol.dispose]();
    await this.stage[Symbol.asyncDispose]();
    await this.server[Symbol.asyncDispose]();
  }
}
