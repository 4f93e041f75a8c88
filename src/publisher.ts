import { SluiceError } from './errors.ts';
import type { Message } from './event.ts';

/** Where messages go: handler outputs, dead letters, what a guest or a person publishes. */
export interface Publisher extends AsyncDisposable {
  readonly supports: PublisherSupports;
  /**
   * Resolves when every message is durable at the destination, as durable as it gets there. Rejects with a SluiceError if even one is
   * not known to be; callers then treat all as unpublished and may publish them again (at-least-once). Aborting `signal` gives up
   * waiting. An empty list resolves at once. What becomes of the event depends on the error: see `refusalOf`. A publisher that learns which
   * messages its destination had already says so.
   */
  publish(messages: readonly Message[], signal: AbortSignal): Promise<Published | void>;
}

/** What a destination told of messages that it confirmed. */
export interface Published {
  /** Messages that it had already, by their ids, and did not store again. */
  readonly duplicates: number;
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

/**
 * What a publisher's error means for whoever has a message to publish. One rule for outputs, dead letters and what is committed with a
 * settlement:
 *
 * | refusal | told by | outputs | dead letters |
 * |---|---|---|---|
 * | `message`: this one, never | `ofMessage: true` | the event is given up on | kept in the local store |
 * | `away`: any, not now | `transient: true` | waited for, told | waited for, told |
 * | `destination`: any, until it is mended | neither | waited for, told | waited for, told |
 *
 * What is waited for holds its event unsettled, charges no attempt, and shows in the log, in `/triggers` and in `sluice.trigger.trouble`. An
 * adapter that can't tell whose fault a refusal is says `transient`: waiting loses nothing.
 */
export type Refusal = 'message' | 'away' | 'destination';

/** An error without a code is a fault in the adapter: it costs its own message, and holds up no other. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof SluiceError) || thrown.ofMessage) return 'message';
  return thrown.transient ? 'away' : 'destination';
}
