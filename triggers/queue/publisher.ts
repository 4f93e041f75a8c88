import {
  type AdapterContext,
  type Message,
  type Published,
  type Publisher,
  type PublisherSupports,
  SluiceError,
} from '#trigger';
import type { QueueItem } from './item.ts';
import type { QueueOutputOptions } from './options.ts';
import { QueueFile } from './tables/queue-file.ts';
import type { Receipt } from './tables/writer.ts';

/** Puts messages into one queue. Concurrent publishes share a commit. */
export class QueuePublisher implements Publisher {
  readonly supports: PublisherSupports;
  readonly file: QueueFile;
  readonly #options: QueueOutputOptions;
  readonly #context: AdapterContext;

  constructor(options: QueueOutputOptions, context: AdapterContext) {
    this.file = QueueFile.of(context.state);
    this.#options = options;
    this.#context = context;
    this.supports = { durable: true, deduplicates: options.windowMs > 0, headers: true, keys: true };
  }

  async publish(messages: readonly Message[], signal: AbortSignal): Promise<Published> {
    if (signal.aborted) {
      throw new SluiceError('SLU3002', `publishing to queue '${this.#options.queue}' was given up`, {
        cause: signal.reason,
      });
    }
    if (messages.length === 0) return { duplicates: 0 };
    return publishedOf(await this.file.state.write(() => this.put(messages)));
  }

  /** Inside a mutation of the state file: so outputs are committed with the settlement of the event that caused them. */
  put(messages: readonly Message[]): readonly Receipt[] {
    const { queue, windowMs, delayMs: afterMs, priority } = this.#options;
    const items = messages.map((message): QueueItem => ({ ...message, afterMs, priority }));
    return this.file.writer.put(this.file.numberOf(queue), items, this.#context.clock.now(), windowMs);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    // The state file belongs to the caller, and nothing is buffered here: a publish waits for the file's commit.
  }
}

/** How many messages were duplicates, by their receipts. */
export function publishedOf(receipts: readonly Receipt[]): Published {
  return { duplicates: receipts.filter(({ stored }) => !stored).length };
}
