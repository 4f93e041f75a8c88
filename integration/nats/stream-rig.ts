import { setTimeout as sleep } from 'node:timers/promises';
import { jetstreamManager, type JetStreamManager, type StoredMsg } from '@nats-io/jetstream';
import { connect, type MsgHdrs, type NatsConnection } from '@nats-io/transport-node';
import { type AdapterContext, type Header, type Message, type Publisher, StateFile, type Trigger } from '#trigger';
import { adapterContext, type Rig } from '../../src/trigger/conformance/index.ts';
import { adapter } from '../../triggers/nats/index.ts';
import { connectionOptions } from '../../triggers/nats/connection-options.ts';
import type { NatsServer } from '../brokers/nats.ts';
import { FaultProxy } from '../brokers/proxy.ts';

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
    for (const { headers, contentType, data } of messages) {
      const all: Header[] = contentType === undefined ? [...headers] : [...headers, ['Content-Type', contentType]];
      await this.#nc.request(
        `${this.#name}.in`,
        data,
        all.length === 0 ? { timeout: 5000 } : { timeout: 5000, headers: rawHeaders(all) },
      );
    }
  }

  async crash(trigger: Trigger): Promise<void> {
    this.#proxies.get(trigger)?.refuse();
    await sleep(ACK_WAIT_MS + 100);
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
      if (stored !== null) messages.push({ headers: headersOf(stored), data: stored.data });
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

/** In the order given; the client's own headers would group repeated names. */
export function rawHeaders(headers: readonly Header[]): MsgHdrs {
  const text = `NATS/1.0\r\n${headers.map(([name, value]) => `${name}: ${value}\r\n`).join('')}\r\n`;
  return { encode: () => Buffer.from(text) } as unknown as MsgHdrs; // the client asks for nothing else when it publishes
}

/** As they were stored, but for those that are NATS' own. */
function headersOf(stored: StoredMsg): Header[] {
  const block = Buffer.from(
    (stored as unknown as { smr: { message: { hdrs?: string } } }).smr.message.hdrs ?? '',
    'base64',
  ).toString();
  return block
    .split('\r\n')
    .slice(1)
    .filter((line) => line !== '' && !line.startsWith('Nats-'))
    .map((line): Header => {
      const colon = line.indexOf(':');
      return [line.slice(0, colon), line.slice(colon + 1).trim()];
    });
}
