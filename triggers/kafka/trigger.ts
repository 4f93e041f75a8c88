import { isDeepStrictEqual } from 'node:util';
import {
  type Backlog,
  type Delivery,
  type Publisher,
  type Settled,
  settledOrCancelled,
  type SourcePart,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import { backlogOf } from './group/backlog.ts';
import { GroupReader, type GroupReaderParts } from './group/group-reader.ts';
import { KafkaPublisher } from './publish/publisher.ts';
import type { KafkaDelivery } from './records/delivery.ts';
import { Settlements } from './records/settlements.ts';

/** One member of a consumer group. It takes the records of its reader; the ledger turns settled ones into committed offsets. */
export class KafkaTrigger implements Trigger {
  readonly supports: TriggerSupports;
  readonly #parts: GroupReaderParts;
  readonly #reader: GroupReader;
  readonly #settlements: Settlements;
  #closed: Promise<void> | undefined;

  /** Joins the group, and resolves when this member's first offsets are known. Closes the client, also if it rejects. */
  static async open(parts: GroupReaderParts, signal: AbortSignal): Promise<KafkaTrigger> {
    return new KafkaTrigger(parts, await GroupReader.open(parts, signal));
  }

  private constructor(parts: GroupReaderParts, reader: GroupReader) {
    const { options, context } = parts;
    this.#parts = parts;
    this.#reader = reader;
    this.#settlements = new Settlements({
      ledger: reader.ledger,
      clock: context.clock,
      left: (partition) => reader.left(partition),
    });
    this.supports = {
      durable: true,
      retryAfter: true,
      // A clean stop keeps them. A crash loses those of the last moment, and charges nothing.
      attempts: false,
      ordered: options.order !== 'none',
      headers: true,
      atomicOutputs: options.exactlyOnce,
      settlesLater: true,
    };
  }

  take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    return this.#reader.take(max, stop);
  }

  settle(settlements: readonly Settled<KafkaDelivery>[], cancel: AbortSignal): Promise<readonly Unsettled[]> | void {
    const settling = this.#settlements.settle(settlements);
    return settling === undefined ? undefined : settledOrCancelled(settling, cancel);
  }

  commits(publisher: Publisher): boolean {
    const { options, context } = this.#parts;
    if (!options.exactlyOnce || !(publisher instanceof KafkaPublisher)) return false;
    return isDeepStrictEqual(publisher.connection, context.connection);
  }

  backlog(): Promise<Backlog> {
    const { assignment, intake } = this.#reader;
    return backlogOf(assignment, { ...this.#parts.context, client: this.#parts.client, intake });
  }

  parts(): readonly SourcePart[] {
    const now = this.#parts.context.clock.now();
    const partitions = this.#reader.assignment?.partitions ?? [];
    return partitions.map(({ topic, partition, lag, unfinished, oldestTimestamp }) => ({
      name: `${topic}/${partition}`,
      lag,
      unfinished,
      ...(oldestTimestamp === undefined ? {} : { oldestMs: Math.max(0, now - oldestTimestamp) }),
    }));
  }

  facts(): Readonly<Record<string, string | number | boolean>> {
    const { memberId = '', generation = 0, leader = false } = this.#reader.state ?? {};
    return { group: this.#parts.group, member: memberId, generation, leader };
  }

  trouble(): string | undefined {
    const { failure, assignment } = this.#reader;
    if (failure !== undefined) return undefined; // the next take rejects with it
    const { group } = this.#parts;
    if (assignment === undefined) return `group '${group}' is rebalancing`;
    if (assignment.wanted.length > 0) return undefined;
    return `no partition is left for this member of group '${group}': it has more members than there are partitions`;
  }

  dropped(): ReadonlyMap<string, number> {
    return this.#reader.dropped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#reader[Symbol.asyncDispose]();
    await this.#closed;
  }
}
