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

/** What a destination reported about messages that it confirmed. */
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
 * What a publisher's error means for the message and its event. One rule for outputs, dead letters and messages committed with a settlement:
 *
 * | refusal | shown by | outputs | dead letters |
 * |---|---|---|---|
 * | `message`: this one, never | `ofMessage: true` | the event is given up on | kept in the local store |
 * | `away`: any, not now | `transient: true` | waited for, reported | waited for, reported |
 * | `destination`: any, until it is repaired | neither | waited for, reported | waited for, reported |
 *
 * While Sluice waits, the event stays unsettled, no attempt is charged, and the reason shows in the log, in `/triggers` and in
 * `sluice.trigger.trouble`. An adapter that can't tell what caused a refusal reports it as `transient`: waiting loses nothing.
 */
export type Refusal = 'message' | 'away' | 'destination';

/** An error without a code is a fault in the adapter: it costs only its own message, and delays no other. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof SluiceError) || thrown.ofMessage) return 'message';
  return thrown.transient ? 'away' : 'destination';
}
