import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { BrokerCommand } from './broker-host.ts';
import { freePort } from './free-port.ts';
import { NATS_VERSION, provisionNats } from './provision-nats.ts';
import { TestBroker } from './test-broker.ts';

export interface NatsServerOptions {
  /** Stream storage in the server's own folder, kept across restarts. Default true. */
  readonly jetstream?: boolean;
  /** More lines of nats-server's configuration: accounts, TLS, limits. */
  readonly config?: (folder: string) => string;
  /** Files to put into that folder first, by name: certificates and keys. */
  readonly files?: Readonly<Record<string, string>>;
}

/** A real nats-server on a free port of 127.0.0.1, with a folder of its own. Ends with `await using`. */
export class NatsServer extends TestBroker {
  readonly port: number;

  private constructor(port: number, folder: string) {
    super(folder);
    this.port = port;
  }

  get address(): string {
    return `127.0.0.1:${this.port}`;
  }

  static async start(options: NatsServerOptions = {}): Promise<NatsServer> {
    const server = await NatsServer.prepare(options);
    await server.restart();
    return server;
  }

  /** Writes the configuration, starts nothing: `restart` does. For clusters, whose members must be started together. */
  static async prepare(options: NatsServerOptions & { readonly name?: string }): Promise<NatsServer> {
    const folder = await mkdtemp(join(tmpdir(), 'sluice-nats-'));
    const server = new NatsServer(await freePort(), folder);
    const lines = [`server_name: ${options.name ?? 'single'}`, `listen: "${server.address}"`];
    if (options.jetstream ?? true) {
      lines.push(`jetstream { store_dir: "${folder}", max_memory_store: 256MB, max_file_store: 4GB }`);
    }
    for (const [name, content] of Object.entries(options.files ?? {})) await writeFile(join(folder, name), content);
    if (options.config !== undefined) lines.push(options.config(folder));
    await writeFile(join(folder, 'nats.conf'), lines.join('\n'));
    return server;
  }

  protected override get command(): BrokerCommand {
    return {
      image: `nats:${NATS_VERSION}`,
      program: async () => [await provisionNats()],
      args: ['--config', join(this.folder, 'nats.conf')],
      folder: this.folder,
      ready: /Server is ready/,
    };
  }
}
