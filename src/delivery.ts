import type { Message, TriggerEvent } from './event.ts';
import type { Publisher } from './publisher.ts';

/** Messages for one publisher, to be committed together with a settlement. */
export interface PublishGroup {
  readonly publisher: Publisher;
  readonly messages: readonly Message[];
}

/**
 * The instruction to the source about an event.
 *
 * - `accept`: handled; never deliver it again. `publish` holds outputs that the source commits in the same atomic step; it is only given to a
 *   trigger whose `commits(publisher)` said yes. `reply` is the answer to a delivery that `awaitsReply`.
 * - `retry`: deliver it again, not before `afterMs` milliseconds; the attempt counts.
 * - `release`: deliver it again to the next reader that takes; the attempt does not count (shutdown).
 * - `drop`: given up on; never deliver it again. By now its dead letter is confirmed, or is in `publish` to be committed in the same atomic step, or
 *   the manifest said `drop`.
 */
export type Settlement =
  | { readonly kind: 'accept'; readonly publish?: readonly PublishGroup[]; readonly reply?: Message }
  | { readonly kind: 'retry'; readonly afterMs: number; readonly reason: string }
  | { readonly kind: 'release' }
  | { readonly kind: 'drop'; readonly reason: string; readonly publish?: readonly PublishGroup[] };

/** One attempt to hand one event to a component. Its trigger settles it, exactly once. */
export interface Delivery {
  readonly event: TriggerEvent;
  /**
   * Where the source has the event: stream and sequence, topic, partition and offset, the number of an item, a slot. It is unique in the source, the
   * same at every delivery of the event, and out of the sender's control: dead letters and published messages are identified by it. Printable ASCII,
   * for headers.
   */
  readonly position: string;
  /**
   * The subject or topic on which the source had the event, as its broker reports it. A replay goes back there. Never read from the sender's text.
   * Absent: the source has only one place.
   */
  readonly place?: string;
  /** 1 for the first attempt. Survives a crash where `supports.attempts` says so. */
  readonly attempt: number;
  /** Deliveries of one lane run one at a time, in the order in which they were taken. Absent: no order. */
  readonly lane?: string;
  /**
   * The sender of the event waits for an answer: the handler's first output without a `to`, given to `accept` as `reply`. Every settlement
   * answers: `accept` without `reply` with an empty answer, `drop` and `release` with an error.
   */
  readonly awaitsReply?: boolean;
  /**
   * Aborted when the source has given the event to another reader (a partition was revoked): it must no longer be started, and the
   * component's answer is discarded. Deliveries that are lost together share one signal. Absent: deliveries of this source are never lost.
   */
  readonly lost?: AbortSignal;
  /**
   * Why the event is given up on without another call: it was settled before, but its destination then refused the messages to be committed with
   * that settlement for good. Absent: it is handled.
   */
  readonly refusal?: string;
  /** Tells the source that this delivery is still being worked on. Called every `supports.extendEveryMs` while it is held. */
  extend?(): void;
}

/** A delivery and its settlement. `D`: the deliveries of one adapter. */
export interface Settled<D extends Delivery = Delivery> {
  readonly delivery: D;
  readonly settlement: Settlement;
}

/** A delivery that was not settled, and why. */
export interface Unsettled {
  readonly delivery: Delivery;
  readonly error: unknown;
}
