import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type AdapterContext, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, type Rig } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/nats/options/connection-options.ts';
import { headersOf } from '../../triggers/nats/messages/header-block.ts';
import { adapter } from '../../triggers/nats/index.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { rawHeaders, sentHeaders } from './raw-headers.ts';

let count = 0;

/** Subjects of their own on a shared server. */
export class CoreRig implements Rig {
  readonly #server: NatsServer;
  readonly #nc: NatsConnection;
  readonly #name: string;
  readonly #state = StateFile.open(':memory:');
  readonly #published: Message[] = [];

  private constructor(server: NatsServer, nc: NatsConnection, name: string) {
    this.#server = server;
    this.#nc = nc;
    this.#name = name;
    nc.subscribe(`${name}.out`, {
      callback: (_error, msg) => void this.#published.push({ headers: headersOf(msg).headers, data: msg.data }),
    });
  }

  static async setUp(server: NatsServer): Promise<CoreRig> {
    const nc = await connect({ servers: server.address });
    const rig = new CoreRig(server, nc, `kit${(count += 1)}`);
    await nc.flush();
    return rig;
  }

  async openTrigger(): Promise<Trigger> {
    const options = adapter.trigger?.schema.parse({ subject: `${this.#name}.in` });
    return adapter.trigger!.open(options, this.#context(), new AbortController().signal);
  }

  async feed(messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      const headers = sentHeaders(message);
      this.#nc.publish(`${this.#name}.in`, message.data, headers.length === 0 ? {} : { headers: rawHeaders(headers) });
    }
    await this.#nc.flush();
  }

  /** More than `max_payload`. */
  neverTaken(): Message {
    return { headers: [], data: new Uint8Array(9 * 2 ** 20) };
  }

  async openPublisher(): Promise<Publisher> {
    const options = adapter.output?.schema.parse({ subject: `${this.#name}.out`, mode: 'core' });
    return adapter.output!.open(options, this.#context(), new AbortController().signal);
  }

  async published(): Promise<readonly Message[]> {
    await this.#nc.flush();
    return this.#published;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#nc.close();
    await this.#state[Symbol.asyncDispose]();
  }

  #context(): AdapterContext {
    return adapterContext(this.#state, { connection: connectionOptions.parse({ servers: this.#server.address }) });
  }
}
