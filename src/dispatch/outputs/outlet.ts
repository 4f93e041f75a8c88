import { orAborted } from '../../cancellation.ts';
import type { Message } from '../../event.ts';
import type { Publisher } from '../../publisher.ts';
import type { Destination } from '../../telemetry/telemetry.ts';

/**
 * One output of the manifest. It is opened at the start, and again on demand if its broker was away then: triggers that don't need it must
 * start without it.
 */
export class Outlet implements AsyncDisposable, Destination {
  readonly name: string;
  /** `Adapter.type`. */
  readonly system: string;
  readonly #open: (signal: AbortSignal) => Promise<Publisher>;
  readonly #closing = new AbortController();
  #publisher: Publisher | undefined;
  #opening: Promise<Publisher> | undefined;

  constructor({ name, system }: Destination, open: (signal: AbortSignal) => Promise<Publisher>) {
    this.name = name;
    this.system = system;
    this.#open = open;
  }

  /** The open publisher; undefined while it is away. */
  get publisher(): Publisher | undefined {
    return this.#publisher;
  }

  /** Opens it if it is not open. Rejects with the SluiceError of the adapter; may be called again. */
  async open(): Promise<Publisher> {
    if (this.#publisher !== undefined) return this.#publisher;
    this.#opening ??= this.#open(this.#closing.signal).finally(() => (this.#opening = undefined));
    this.#publisher = await this.#opening;
    return this.#publisher;
  }

  /** Like Publisher.publish. */
  async publish(messages: readonly Message[], signal: AbortSignal): Promise<void> {
    // Others may wait for the same opening: an aborted `signal` ends this wait, not the opening.
    const publisher = this.#publisher ?? (await orAborted(this.open(), signal));
    await publisher.publish(messages, signal);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closing.abort();
    await this.#opening?.catch(() => {}); // callers of `open` got the error
    await this.#publisher?.[Symbol.asyncDispose]();
    this.#publisher = undefined;
  }
}
