import { SluiceError } from './errors.ts';
import type { Message } from './event.ts';

/** The destination of messages: handler outputs, dead letters, messages that a guest or a person publishes. */
export interface Publisher extends AsyncDisposable {
  readonly supports: PublisherSupports;
  /**
   * Resolves when every message is as durable as the destination makes it. Rejects with a SluiceError if this is unknown for even one; callers then
   * treat all as unpublished and may publish them again (at-least-once). Aborting `signal` ends the wait. An empty list resolves at once. The error
   * decides what happens to the event: see `refusalOf`. A publisher reports duplicates if it learns of them.
   */
  publish(messages: readonly Message[], signal: AbortSignal): Promise<Published | void>;
}

/** A destination's report on confirmed messages. */
export interface Published {
  /** How many it already had, by their ids, and did not store again. */
  readonly duplicates: number;
}

/** Promises of a publisher, tested by the conformance kit. */
export interface PublisherSupports {
  /** Resolving means that the message survives a crash of every process involved. */
  readonly durable: boolean;
  /** A message whose `id` was published before, within the destination's window, is not stored again. */
  readonly deduplicates: boolean;
  /** Headers arrive unchanged, in order, with repeated names. */
  readonly headers: boolean;
  readonly keys: boolean;
}

/**
 * The meaning of a publisher's error for the message and its event. One rule for outputs, dead letters and messages committed with a settlement:
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

/** An error without a code is a fault in the adapter. It costs only its own message and delays no other. */
export function refusalOf(thrown: unknown): Refusal {
  if (!(thrown instanceof SluiceError) || thrown.ofMessage) return 'message';
  return thrown.transient ? 'away' : 'destination';
}
