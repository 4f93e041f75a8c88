import { jetstreamManager, type JetStreamManager } from '@nats-io/jetstream';
import { connect, type NatsConnection } from '@nats-io/transport-node';
import {
  type AdapterContext,
  type Delivery,
  type Publisher,
  type SharedStore,
  StateFile,
  type Trigger,
} from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/nats/connection-options.ts';
import { adapter } from '../../triggers/nats/index.ts';

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
    return this.#keep(await adapter.trigger!.source!(checked, this.#context({}), forever));
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

/** Takes until there are `count`; fails after `ms` milliseconds. */
export async function take(trigger: Trigger, count: number, ms = 20_000): Promise<[Delivery, ...Delivery[]]> {
  const taken: Delivery[] = [];
  await within(ms, async (stop) => {
    while (taken.length < count && !stop.aborted) taken.push(...(await trigger.take(count - taken.length, stop)));
  });
  if (taken.length < count) throw new Error(`only ${taken.length} of ${count} came within ${ms} ms`);
  return taken as [Delivery, ...Delivery[]]; // count is at least 1
}

/** All that comes within `ms` milliseconds, as texts. */
export async function comesWithin(trigger: Trigger, ms: number): Promise<string[]> {
  const texts: string[] = [];
  await within(ms, async (stop) => {
    while (!stop.aborted) texts.push(...(await trigger.take(1000, stop)).map(textOf));
  });
  return texts;
}

/** The signal is aborted after `ms` milliseconds, unless `work` is done before. */
async function within<T>(ms: number, work: (stop: AbortSignal) => Promise<T>): Promise<T> {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), ms);
  try {
    return await work(stop.signal);
  } finally {
    clearTimeout(timer);
  }
}

export function textOf({ event }: Delivery): string {
  return Buffer.from(event.data).toString();
}

export async function accept(...deliveries: readonly Delivery[]): Promise<void> {
  await Promise.all(deliveries.map((delivery) => delivery.settle({ kind: 'accept' })));
}

/** Resolves when `holds` does, looking often; fails after `ms` milliseconds. */
export async function until(holds: () => boolean | Promise<boolean>, ms = 20_000): Promise<void> {
  const end = Date.now() + ms;
  while (!(await holds())) {
    if (Date.now() > end) throw new Error(`not within ${ms} ms: ${holds.toString()}`);
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
