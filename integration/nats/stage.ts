import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import { type AdapterContext, type Publisher, type SharedStore, StateFile, type Trigger } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/nats/options/connection-options.ts';
import { adapter } from '../../triggers/nats/index.ts';

export { accept, comesWithin, take, textOf } from '../deliveries.ts';
export { until } from '../until.ts';

type Table = Readonly<Record<string, unknown>>;

const forever = new AbortController().signal;

/** What the tests of one file share: a connection of their own to look and to publish with, and a state file. */
export class Stage implements AsyncDisposable {
  readonly nc: NatsConnection;
  readonly jsm: JetStreamManager;
  readonly state = StateFile.open(':memory:');
  readonly #addresses: readonly string[];
  readonly #opened: AsyncDisposable[] = [];

  private constructor(nc: NatsConnection, jsm: JetStreamManager, addresses: readonly string[]) {
    this.nc = nc;
    this.jsm = jsm;
    this.#addresses = addresses;
  }

  static async set(...addresses: string[]): Promise<Stage> {
    const nc = await connect({ servers: addresses, maxReconnectAttempts: -1, reconnectTimeWait: 100 });
    return new Stage(nc, await jetstreamManager(nc, { checkAPI: false }), addresses);
  }

  /** Keys as in `[[trigger.nats]]` and `[connection.NAME]`; `servers` defaults to those of the stage. Closed with the stage. */
  async trigger(
    options: Table,
    { connection = {}, ...overrides }: Partial<AdapterContext> & { connection?: Table } = {},
  ): Promise<Trigger> {
    const context = this.#context(connection, overrides);
    return this.#keep(await adapter.trigger!.open(adapter.trigger!.schema.parse(options), context, forever));
  }

  /** Keys as in `[output.NAME]`. */
  async publisher(options: Table, connection: Table = {}): Promise<Publisher> {
    return this.#keep(
      await adapter.output!.open(adapter.output!.schema.parse(options), this.#context(connection), forever),
    );
  }

  /** Keys as in `[store.NAME]`. */
  async bucket(options: Table, connection: Table = {}): Promise<SharedStore> {
    const checked = adapter.store!.schema.parse(options);
    return this.#keep(await adapter.store!.open(checked, this.#context(connection), forever));
  }

  /** A publisher into the source of such a trigger: what `dead replay` and `publish` use. */
  async source(options: Table): Promise<Publisher> {
    const checked = adapter.trigger!.schema.parse(options);
    return this.#keep(await adapter.trigger!.openPublisher!(checked, this.#context({}), forever));
  }

  /** Stores messages with these texts, in order. */
  async store(subject: string, ...texts: readonly string[]): Promise<void> {
    for (const text of texts) await this.nc.request(subject, text, { timeout: 5000 });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const opened of this.#opened.toReversed()) await opened[Symbol.asyncDispose]();
    await this.nc.close();
    await this.state[Symbol.asyncDispose]();
  }

  #keep<T extends AsyncDisposable>(opened: T): T {
    this.#opened.push(opened);
    return opened;
  }

  #context(connection: Table, overrides: Partial<AdapterContext> = {}): AdapterContext {
    const checked = connectionOptions.parse({ servers: this.#addresses, ...connection });
    return adapterContext(overrides.state ?? this.state, { ...overrides, connection: checked });
  }
}
