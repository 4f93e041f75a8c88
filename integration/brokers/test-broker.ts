import { rm } from 'node:fs/promises';
import { type BrokerCommand, runBroker, type RunningBroker } from './broker-host.ts';

/** A real broker that a test can stop, kill, hang and start again on the data that it had. Ends with `await using`. */
export abstract class TestBroker implements AsyncDisposable {
  /** Holds its configuration and its data; removed at the end. */
  readonly folder: string;
  #running: RunningBroker | undefined;

  protected constructor(folder: string) {
    this.folder = folder;
  }

  protected abstract get command(): BrokerCommand;

  /** Starts it on the ports and the data that it had. */
  async restart(): Promise<void> {
    await this.stop();
    this.#running = await runBroker(this.command);
  }

  /** SIGTERM, and waits until it is gone. */
  async stop(): Promise<void> {
    await this.#end('SIGTERM');
  }

  /** SIGKILL, and waits until it is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Stops and goes on with its process: a broker that hangs, with its connections open. */
  async freeze(): Promise<void> {
    await this.#running?.signal('SIGSTOP');
  }

  async thaw(): Promise<void> {
    await this.#running?.signal('SIGCONT');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.kill();
    await rm(this.folder, { recursive: true, force: true });
  }

  async #end(signal: 'SIGTERM' | 'SIGKILL'): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end(signal);
  }
}
