import type { SluiceProcess } from '../sluice-process.ts';
import { TemporaryApp } from '../temporary-app.ts';
import { groupTrigger } from './group-trigger.ts';
import { SHORT_SESSION_MS, type Stage } from './stage.ts';

export interface TopicAppOptions {
  readonly guest: string;
  readonly instances: number;
  /** Of the topic that it reads. */
  readonly partitions: number;
  /** More keys of the trigger. */
  readonly trigger: string;
  /** Its outputs, each with the partitions of its topic. */
  readonly outputs: Readonly<Record<string, number>>;
}

/** An app whose trigger reads a topic of its own, in a group of that name, and publishes to topics of its own. Its processes are the members. */
export class TopicApp implements Disposable {
  /** What it reads. The group has the same name. */
  readonly topic: string;
  /** What it publishes to, by output. */
  readonly outputs: ReadonlyMap<string, string>;
  readonly #stage: Stage;
  readonly #app: TemporaryApp;

  private constructor(stage: Stage, topic: string, outputs: ReadonlyMap<string, string>, app: TemporaryApp) {
    this.#stage = stage;
    this.topic = topic;
    this.outputs = outputs;
    this.#app = app;
  }

  static async create(stage: Stage, options: TopicAppOptions): Promise<TopicApp> {
    const { guest, instances, partitions, trigger } = options;
    const { server } = stage;
    const topic = await server.freshTopic({ partitions });
    const outputs = new Map<string, string>();
    for (const [output, count] of Object.entries(options.outputs)) {
      outputs.set(output, await server.freshTopic({ partitions: count }));
    }
    const tables = [...outputs].map(([name, to]) => `[output.${name}]\nconnection = "main"\ntopic = "${to}"\n`);
    const toml = `
component.${guest}.pool = { threads = 1, instances = ${instances} }
${groupTrigger(server.bootstrap, topic)}
component = "${guest}"
session_timeout = "${SHORT_SESSION_MS}ms"
heartbeat = "200ms"
${trigger}
${tables.join('')}`;
    return new TopicApp(stage, topic, outputs, await TemporaryApp.create({ guests: [guest], toml }));
  }

  /** Another member of the group. */
  start(): SluiceProcess {
    return this.#app.start(['up']);
  }

  /** How many events are not done. */
  async left(): Promise<number> {
    return this.#stage.peer.lag(this.topic, this.topic);
  }

  [Symbol.dispose](): void {
    this.#app[Symbol.dispose]();
  }
}
