import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A real HTTP server on this machine that records its requests. */
export class HttpPeer implements AsyncDisposable {
  readonly requests: IncomingMessage[] = [];
  /** Connections so far. */
  connections = 0;
  readonly #server: Server;

  static async open(listener: (request: IncomingMessage, response: ServerResponse) => unknown): Promise<HttpPeer> {
    const peer = new HttpPeer(createServer());
    peer.#server.on('request', (request, response) => void listener(request, response));
    await new Promise<void>((resolve) => peer.#server.listen(0, '127.0.0.1', resolve));
    return peer;
  }

  private constructor(server: Server) {
    this.#server = server;
    server.on('connection', () => (this.connections += 1));
    server.on('request', (request) => this.requests.push(request));
  }

  get port(): number {
    return (this.#server.address() as AddressInfo).port; // it listens on a port
  }

  /** `127.0.0.1:PORT`. */
  get authority(): string {
    return `127.0.0.1:${this.port}`;
  }

  get origin(): string {
    return `http://${this.authority}`;
  }

  /** Connections that are open now. */
  openConnections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error === null ? resolve(count) : reject(error))),
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.#server.closeAllConnections();
    await closed;
  }
}
