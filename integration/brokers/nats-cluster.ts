import { freePort } from './free-port.ts';
import { NatsServer } from './nats.ts';

/** Three nats-servers with replicated streams, each on its own port and folder. */
export class NatsCluster implements AsyncDisposable {
  readonly #servers: ReadonlyMap<string, NatsServer>;

  private constructor(servers: ReadonlyMap<string, NatsServer>) {
    this.#servers = servers;
  }

  static async start(): Promise<NatsCluster> {
    const names = ['one', 'two', 'three'];
    const ports = await Promise.all(names.map(() => freePort()));
    const routes = ports.map((port) => `"nats://127.0.0.1:${port}"`).join(', ');
    const servers = new Map<string, NatsServer>();
    for (const [index, name] of names.entries()) {
      const config = (): string =>
        `cluster { name: trio, listen: "127.0.0.1:${ports[index]}", routes: [${routes}], pool_size: 3 }`;
      servers.set(name, await NatsServer.prepare({ name, config }));
    }
    await using starting = new AsyncDisposableStack();
    const cluster = starting.use(new NatsCluster(servers));
    await Promise.all([...servers.values()].map((server) => server.restart()));
    starting.move();
    return cluster;
  }

  get addresses(): readonly string[] {
    return [...this.#servers.values()].map((server) => server.address);
  }

  /** One of `one`, `two`, `three`: the names by which the servers report who leads. */
  server(name: string): NatsServer {
    const server = this.#servers.get(name);
    if (server === undefined) throw new TypeError(`no server is called ${name}`);
    return server;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await Promise.all([...this.#servers.values()].map((server) => server[Symbol.asyncDispose]()));
  }
}
