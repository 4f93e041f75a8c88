import type { Message } from './event.ts';

/** Where messages go: handler outputs, dead letters, what a guest or a person publishes. */
export interface Publisher extends AsyncDisposable {
  readonly supports: PublisherSupports;
  /**
   * Resolves when every message is durable at the destination, as durable as it gets there. Rejects with a SluiceError if even one is
   * not known to be; callers then treat all as unpublished and may publish them again (at-least-once). Aborting `signal` gives up
   * waiting. An empty list resolves at once.
   */
  publish(messages: readonly Message[], signal: AbortSignal): Promise<void>;
}

/** Promises of a publisher, tested by the conformance kit. */
export interface PublisherSupports {
  /** Resolving means that the message survives a crash of every process involved. */
  readonly durable: boolean;
  /** A message whose `id` was published before, within the destination's window, is not stored twice. */
  readonly deduplicates: boolean;
  /** Headers arrive as they were given, in order, with repeated names. */
  readonly headers: boolean;
  readonly keys: boolean;
}
