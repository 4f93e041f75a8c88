import type { Delivery, Settled, Unsettled } from '../delivery.ts';
import type { Publisher } from '../publisher.ts';

/** An open source of events. It reads and settles; it never calls a component, decides a retry, or opens a span. */
export interface Trigger extends AsyncDisposable {
  /** The promises of this trigger; the conformance kit tests each one. */
  readonly supports: TriggerSupports;
  /**
   * Resolves with 1 to `max` deliveries as soon as there is at least one. Resolves with none only when `stop` is aborted (never
   * rejects for it). At most one call is pending at a time. Rejects with a SluiceError when the source is gone: `transient` ones make
   * the dispatcher reopen the trigger with backoff, others put it in a failed state.
   */
  take(max: number, stop: AbortSignal): Promise<readonly Delivery[]>;
  /**
   * Settles deliveries that this trigger gave out, one or many at once. Each is settled independently: one that can't be settled does not affect the
   * others.
   *
   * Returns nothing if there is nothing to wait for: all are noted (`settlesLater`), or the source confirms nothing. Otherwise resolves with the
   * unsettled ones when the source has confirmed all others. Rejects if none is confirmed, for one reason.
   *
   * The reason is SLU3003 if it is unknown whether the source has settled the event, or if the settlement came too late: the event may come again,
   * and does not count as settled. Any other SluiceError means that nothing was changed. If that may pass (the disk is full, an output in `publish`
   * is refused by its destination, see `refusalOf`), the delivery is settled again later. A second settlement of a settled delivery is a TypeError.
   *
   * Aborting `cancel` ends the wait: deliveries that are not confirmed by then fail with SLU3003 at once, whatever the source does. Their events
   * come again unless the settlement arrived after all.
   */
  settle(settlements: readonly Settled[], cancel: AbortSignal): Promise<readonly Unsettled[]> | void;
  /** Whether this trigger can commit messages for `publisher` in the same atomic step as an `accept`. Default: it can't. */
  commits?(publisher: Publisher): boolean;
  /** How much waits in the source, if that is cheap to find out. Read for metrics, `/triggers` and `--until-idle`. */
  backlog?(): Promise<Backlog>;
  /** The parts of the source that this reader has, such as partitions of a topic: each is a line in `/triggers`, and has metrics. Cheap. */
  parts?(): readonly SourcePart[];
  /** Other facts about the source, for people: the generation of a group. */
  facts?(): Readonly<Record<string, string | number | boolean>>;
  /** Why an open trigger can't deliver at the moment, in one line: `disconnected from nats://…`. `undefined` if it can. */
  trouble?(): string | undefined;
  /** How many events the source itself has discarded since it was opened, by reason. Read for metrics. */
  dropped?(): ReadonlyMap<string, number>;
  /**
   * Drains: takes no more, returns buffered events that were not taken at once, flushes settlements, closes. Idempotent. Unsettled deliveries may be
   * settled until it resolves.
   */
  [Symbol.asyncDispose](): Promise<void>;
}

/** Promises of a trigger. The conformance kit tests each promise that is made; a skipped test says which promise is missing. */
export interface TriggerSupports {
  /** Events survive a crash of this process until they are settled. `false` is at-most-once, and must be documented. */
  readonly durable: boolean;
  /** `retry` is carried out by the source, after the delay. `false`: the dispatcher holds the delivery and retries in place. */
  readonly retryAfter: boolean;
  /** `attempt` is kept by the source, across deliveries and crashes. */
  readonly attempts: boolean;
  /**
   * Deliveries carry lanes, and after `retry` or `release` of one, no later event of its lane is taken before it. `false`: no lanes, or
   * the dispatcher must keep the order itself by retrying in place.
   */
  readonly ordered: boolean;
  /** Headers arrive as they were sent, in order, with repeated names. */
  readonly headers: boolean;
  /** `accept` can commit outputs atomically for at least one publisher (see `commits`). */
  readonly atomicOutputs: boolean;
  /**
   * Events that were buffered when `stop` was aborted can't be returned: `take` hands them out even then, and resolves with none when that is done.
   * Absent or `false`: nothing needs to be taken after `stop`.
   */
  readonly drains?: boolean;
  /**
   * Settlements are noted at once, and the source confirms them together a moment later: a crash repeats events that were settled in that moment.
   * Absent or `false`: `settle` ends when the source has confirmed it.
   */
  readonly settlesLater?: boolean;
  /** A held delivery needs `extend()` this often, in milliseconds. Absent: never. */
  readonly extendEveryMs?: number;
}

export interface SourcePart {
  /** `orders/3`. */
  readonly name: string;
  /** Events from the last settled one to the end of the part, if the end is known. */
  readonly lag: number;
  /** Read and not settled. */
  readonly unfinished: number;
  /** Age of the oldest unsettled event in milliseconds; absent if there is none or the age is unknown. */
  readonly oldestMs?: number;
}

export interface Backlog {
  /** Events that could be taken now. */
  readonly ready: number;
  /** Events that wait for a time: delayed publishes, retries, slots. */
  readonly waiting: number;
  /** Age of the oldest ready event in milliseconds; absent if there is none or the age is unknown. */
  readonly oldestMs?: number;
}
