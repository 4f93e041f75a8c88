import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type AdapterContext, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, type Rig } from '../../src/trigger/conformance/index.ts';
import { adapter } from '../../triggers/nats/index.ts';
import { connectionOptions } from '../../triggers/nats/options/connection-options.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';
import { plainHeaders, rawHeaders, sentHeaders } from './raw-headers.ts';

/** The shortest wait that nats-server takes, so that a crash is noticed soon. */
const ACK_WAIT_MS = 1000;

let count = 0;

/** A stream of its own on a shared server; each trigger has a connection of its own, which a crash cuts. */
export class StreamRig implements Rig {
  readonly #server: NatsServer;
  readonly #nc: NatsConnection;
  readonly #jsm: JetStreamManager;
  readonly #name: string;
  readonly #options: Readonly<Record<string, unknown>>;
  readonly #state = StateFile.open(':memory:');
  readonly #proxies = new Map<Trigger, FaultProxy>();

  private constructor(
    server: NatsServer,
    nc: NatsConnection,
    jsm: JetStreamManager,
    name: string,
    options: Readonly<Record<string, unknown>>,
  ) {
    this.#server = server;
    this.#nc = nc;
    this.#jsm = jsm;
    this.#name = name;
    this.#options = options;
  }

  static async setUp(server: NatsServer, options: Readonly<Record<string, unknown>> = {}): Promise<StreamRig> {
    const nc = await connect({ servers: server.address });
    const jsm = await jetstreamManager(nc);
    const name = `kit${(count += 1)}`;
    await jsm.streams.add({ name, subjects: [`${name}.in`], storage: 'memory' });
    await jsm.streams.add({ name: `${name}-out`, subjects: [`${name}.out`], storage: 'memory' });
    return new StreamRig(server, nc, jsm, name, options);
  }

  async openTrigger(): Promise<Trigger> {
    const proxy = await FaultProxy.listen(this.#server.port);
    const options = adapter.trigger?.schema.parse({
      stream: this.#name,
      ack_wait: `${ACK_WAIT_MS}ms`,
      ...this.#options,
    });
    const trigger = await adapter.trigger!.open(options, this.#context(proxy.address), new AbortController().signal);
    this.#proxies.set(trigger, proxy);
    return trigger;
  }

  async feed(messages: readonly Message[]): Promise<void> {
    for (const message of messages) {
      const headers = sentHeaders(message);
      await this.#nc.request(`${this.#name}.in`, message.data, {
        timeout: 5000,
        ...(headers.length === 0 ? {} : { headers: rawHeaders(headers) }),
      });
    }
  }

  async crash(trigger: Trigger): Promise<void> {
    this.#proxies.get(trigger)?.refuse();
    await sleep(ACK_WAIT_MS + 100);
  }

  async silence(): Promise<() => Promise<void>> {
    const proxies = [...this.#proxies.values()];
    for (const proxy of proxies) for (const direction of ['up', 'down'] as const) proxy.lose(direction);
    return async () => proxies.forEach((proxy) => proxy.heal());
  }

  /** More than `max_payload`. */
  neverTaken(): Message {
    return { headers: [], data: new Uint8Array(9 * 2 ** 20) };
  }

  async openPublisher(): Promise<Publisher> {
    const options = adapter.output?.schema.parse({ subject: `${this.#name}.out` });
    return adapter.output!.open(options, this.#context(this.#server.address), new AbortController().signal);
  }

  async published(): Promise<readonly Message[]> {
    const { state } = await this.#jsm.streams.info(`${this.#name}-out`);
    const messages: Message[] = [];
    for (let seq = 1; seq <= state.last_seq; seq += 1) {
      const stored = await this.#jsm.streams.getMessage(`${this.#name}-out`, { seq });
      if (stored !== null) messages.push({ headers: plainHeaders(headerBlockOf(stored)), data: stored.data });
    }
    return messages;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const [trigger, proxy] of this.#proxies) {
      await trigger[Symbol.asyncDispose]();
      await proxy[Symbol.asyncDispose]();
    }
    await this.#jsm.streams.delete(this.#name);
    await this.#jsm.streams.delete(`${this.#name}-out`);
    await this.#nc.close();
    await this.#state[Symbol.asyncDispose]();
  }

  #context(address: string): AdapterContext {
    return adapterContext(this.#state, { connection: connectionOptions.parse({ servers: address }) });
  }
}

/** The client's messages have it (jetstream 3.4), though its declarations leave it out. */
function headerBlockOf(stored: StoredMsg): string {
  const { message } = (stored as unknown as { smr: { message: { hdrs?: string } } }).smr;
  return Buffer.from(message.hdrs ?? '', 'base64').toString();
}
