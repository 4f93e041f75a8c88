import { SluiceError } from '#trigger';
import type { Batch, BatchLimits } from './batch.ts';
import type { Outgoing } from './outgoing.ts';

/** One call of `publish`: done when the last of its messages is, failed with the first that fails. */
export class Ticket {
  readonly #settled = Promise.withResolvers<void>();
  #left: number;
  #over = false;

  constructor(messages: number) {
    this.#left = messages;
    if (messages === 0) this.#end();
  }

  get settled(): Promise<void> {
    return this.#settled.promise;
  }

  /** Nobody waits for the rest of its messages any more. */
  get over(): boolean {
    return this.#over;
  }

  stored(): void {
    this.#left -= 1;
    if (this.#left === 0) this.#end();
  }

  reject(reason: unknown): void {
    this.#over = true;
    this.#settled.reject(reason);
  }

  #end(): void {
    this.#over = true;
    this.#settled.resolve();
  }
}

interface Waiting {
  readonly record: Outgoing;
  readonly ticket: Ticket;
}

/** A topic may refuse batches that others accept (`max.message.bytes`). This many bytes are always tried together. */
const LEAST_PARTITION_BYTES = 1024;

/** Messages that wait to be sent to one topic, in order, and how many of them may go at once. */
export class TopicQueue {
  #waiting: Waiting[] = [];
  #limits: BatchLimits;
  readonly #most: BatchLimits;

  constructor(limits: BatchLimits) {
    this.#most = limits;
    this.#limits = limits;
  }

  get limits(): BatchLimits {
    return this.#limits;
  }

  get isEmpty(): boolean {
    return this.#waiting.length === 0;
  }

  put(record: Outgoing, ticket: Ticket): void {
    this.#waiting.push({ record, ticket });
  }

  /** The records whose publish still waits, the first one first. */
  waiting(): Iterable<Outgoing> {
    this.#waiting = this.#waiting.filter(({ ticket }) => !ticket.over);
    return this.#waiting.values().map(({ record }) => record);
  }

  /** The batch that `waiting` began with. */
  stored({ records }: Batch): void {
    for (const { ticket } of this.#waiting.splice(0, records.length)) ticket.stored();
    this.#limits = { ...this.#limits, records: Math.min(this.#limits.records * 2, this.#most.records) };
  }

  /**
   * The first batch of `waiting` may not have been stored; `undefined`: it was not even sent. If the failure is transient, or the topic rejects
   * everything, all waiting messages are rejected: they would fail in the same way. If a message is at fault, a single message is rejected; several
   * are retried in smaller parts, since not all need be at fault.
   */
  refused(batch: Batch | undefined, reason: unknown): void {
    const isOfMessage = reason instanceof SluiceError && reason.ofMessage;
    if (batch === undefined || !isOfMessage) this.refuseAll(reason);
    else if (batch.records.length === 1) this.#waiting.shift()?.ticket.reject(reason);
    else this.#limits = this.#smaller(batch, reason.code === 'SLU3004');
  }

  refuseAll(reason: unknown): void {
    for (const { ticket } of this.#waiting.splice(0)) ticket.reject(reason);
  }

  /** A size that is too large for a topic stays a limit. Otherwise fewer records are tried for now, until the faulty one is found. */
  #smaller({ records, fullest }: Batch, isTooLarge: boolean): BatchLimits {
    return isTooLarge && fullest.records > 1 && fullest.bytes > LEAST_PARTITION_BYTES
      ? { ...this.#limits, partitionBytes: Math.floor(fullest.bytes / 2) }
      : { ...this.#limits, records: Math.ceil(records.length / 2) };
  }
}
