import { once } from 'node:events';
import { connect, createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';

/** Which way bytes go: to the broker, or back to the client. */
export type Direction = 'up' | 'down';

/**
 * A TCP relay in front of a broker that can do to a connection what networks do: cut it, refuse it, delay it, and lose one or both
 * directions while both ends believe that it is open.
 */
export class FaultProxy implements AsyncDisposable {
  readonly #server: Server;
  readonly #target: number;
  /** Each end of each relay, with the way that what it sends goes. */
  readonly #sockets = new Map<Socket, Direction>();
  readonly #losing = new WeakSet<Socket>();
  readonly #watchers = new Set<(direction: Direction) => void>();
  #delayMs = 0;
  #refusing = false;

  private constructor(server: Server, target: number) {
    this.#server = server;
    this.#target = target;
    server.on('connection', (client) => this.#relay(client));
  }

  /** Relays from a free port of 127.0.0.1 to `target`, another. */
  static async listen(target: number): Promise<FaultProxy> {
    const server = createServer().listen(0, '127.0.0.1');
    await once(server, 'listening');
    return new FaultProxy(server, target);
  }

  get address(): string {
    // A TCP server that listens has an AddressInfo, never a pipe's name.
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Resets every connection; new ones are accepted. */
  cut(): void {
    for (const socket of this.#sockets.keys()) socket.resetAndDestroy();
  }

  /** Resets every connection and refuses new ones, until `heal`. */
  refuse(): void {
    this.#refusing = true;
    this.cut();
  }

  /** Every piece of bytes arrives this much later, in both directions, in order. */
  delay(ms: number): void {
    this.#delayMs = ms;
  }

  /** Bytes that go this way vanish from every connection that is open now, which stays open; `heal` resets them. New ones are whole. */
  lose(direction: Direction): void {
    for (const [socket, way] of this.#sockets) if (way === direction) this.#losing.add(socket);
  }

  /** Resolves when the next piece of bytes came in that goes this way, delayed or lost though it may be. */
  seen(direction: Direction): Promise<void> {
    return new Promise((resolve) => {
      const watcher = (came: Direction): void => {
        if (came !== direction) return;
        this.#watchers.delete(watcher);
        resolve();
      };
      this.#watchers.add(watcher);
    });
  }

  /** All as it should be. Connections that lost bytes are reset, as their streams have holes. */
  heal(): void {
    for (const socket of this.#sockets.keys()) if (this.#losing.has(socket)) socket.resetAndDestroy();
    this.#delayMs = 0;
    this.#refusing = false;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.refuse();
    this.#server.close();
    await once(this.#server, 'close');
  }

  #relay(client: Socket): void {
    if (this.#refusing) {
      client.resetAndDestroy();
      return;
    }
    const broker = connect(this.#target, '127.0.0.1');
    this.#pump(client, broker, 'up');
    this.#pump(broker, client, 'down');
  }

  #pump(from: Socket, to: Socket, direction: Direction): void {
    this.#sockets.set(from, direction);
    from.setNoDelay(true);
    let last = Promise.resolve();
    from.on('data', (piece) => {
      const lateness = this.#delayMs > 0 ? sleep(this.#delayMs) : undefined;
      for (const watcher of this.#watchers) watcher(direction);
      last = last.then(async () => {
        await lateness;
        if (!this.#losing.has(from) && to.writable) to.write(piece);
      });
    });
    from.on('error', () => {});
    from.on('close', () => {
      this.#sockets.delete(from);
      to.destroy();
    });
  }
}
