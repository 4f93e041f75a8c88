import { isDeepStrictEqual } from 'node:util';
import {
  type AdapterContext,
  type Backlog,
  type Delivery,
  orAborted,
  type Publisher,
  type Settled,
  settledOrCancelled,
  SluiceError,
  type SourcePart,
  type Trigger,
  type TriggerSupports,
  type Unsettled,
} from '#trigger';
import type { FetchedBatch, GroupListener, GroupMember, KafkaClient, TopicPartition } from './client/kafka-client.ts';
import type { Ledger, LedgerListener } from './commit/ledger.ts';
import { Doorbell } from './doorbell.ts';
import { Assignment } from './group/assignment.ts';
import { Membership } from './group/membership.ts';
import { findBeginnings, type StartOf } from './group/starts.ts';
import type { TriggerOptions } from './options/trigger-options.ts';
import { KafkaPublisher } from './publish/publisher.ts';
import { backlogOf } from './records/backlog.ts';
import { KafkaDelivery } from './records/delivery.ts';
import { Intake } from './records/intake.ts';
import type { Partition } from './records/partition.ts';
import type { PendingRecord } from './records/pending-record.ts';
import { recordEvent } from './records/record-event.ts';
import { revoked, Settlements } from './records/settlements.ts';

export interface KafkaTriggerParts {
  readonly client: KafkaClient;
  readonly ledger: (listener: LedgerListener) => Ledger;
  readonly group: string;
  readonly topics: readonly string[];
  /** What a pattern leaves out. */
  readonly without: string | undefined;
  readonly options: TriggerOptions;
  readonly context: AdapterContext;
}

/**
 * One member of a consumer group. Records come as the client fetches them, wait in their partition, are given out by lanes, and become
 * committed offsets through the ledger. When the group rebalances, everything of the old generation is lost: what was finished is committed
 * first, what is out is finished in vain.
 */
export class KafkaTrigger implements Trigger, GroupListener, LedgerListener {
  readonly supports: TriggerSupports;
  readonly #parts: KafkaTriggerParts;
  readonly #ledger: Ledger;
  readonly #settlements: Settlements;
  readonly #intake: Intake;
  #membership: Membership | undefined;
  #assignment: Assignment | undefined;
  #failure: unknown;
  readonly #doorbell: Doorbell;
  #closed: Promise<void> | undefined;
  readonly #begun = Promise.withResolvers<void>();
  readonly #dropped = new Map<string, number>();

  /** Joins the group, and resolves when this member's first places in the log are known. */
  static async open(parts: KafkaTriggerParts, signal: AbortSignal): Promise<KafkaTrigger> {
    const trigger = new KafkaTrigger(parts);
    try {
      await trigger.#join(signal);
      return trigger;
    } catch (thrown) {
      await trigger[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  private constructor(parts: KafkaTriggerParts) {
    const { options } = parts;
    this.#parts = parts;
    this.#doorbell = new Doorbell(parts.context.clock);
    this.#ledger = parts.ledger(this);
    this.#intake = new Intake(options.window);
    const left = (partition: Partition): void => this.#left(partition);
    this.#settlements = new Settlements({ ledger: this.#ledger, clock: parts.context.clock, left });
    this.#begun.promise.catch(() => {}); // whoever opens it waits for it; later nobody does
    this.supports = {
      durable: true,
      retryAfter: true,
      // A clean stop keeps them; a crash forgets those of the last moment, and charges nothing.
      attempts: false,
      ordered: options.order !== 'none',
      headers: true,
      atomicOutputs: options.exactlyOnce,
      settlesLater: true,
    };
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const { clock } = this.#parts.context;
    while (!stop.aborted) {
      if (this.#failure !== undefined) throw this.#failure;
      const taken = this.#intake.take(max, clock.now());
      if (taken.length > 0) return taken.map(([partition, pending]) => this.#delivery(partition, pending));
      await this.#doorbell.wait(this.#intake.nextDue, stop);
    }
    return [];
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
    return backlogOf(this.#assignment, { ...this.#parts.context, client: this.#parts.client, intake: this.#intake });
  }

  parts(): readonly SourcePart[] {
    const now = this.#parts.context.clock.now();
    return (this.#assignment?.partitions ?? []).map(({ topic, partition, lag, unfinished, oldestTimestamp }) => ({
      name: `${topic}/${partition}`,
      lag,
      unfinished,
      ...(oldestTimestamp === undefined ? {} : { oldestMs: Math.max(0, now - oldestTimestamp) }),
    }));
  }

  facts(): Readonly<Record<string, string | number | boolean>> {
    const { memberId = '', generation = 0, leader = false } = this.#membership?.state ?? {};
    return { group: this.#parts.group, member: memberId, generation, leader };
  }

  trouble(): string | undefined {
    if (this.#failure !== undefined) return undefined; // the next take tells
    const { group } = this.#parts;
    if (this.#assignment === undefined) return `group '${group}' is rebalancing`;
    if (this.#assignment.wanted.length > 0) return undefined;
    return `no partition is left for this member of group '${group}': it has more members than there are partitions`;
  }

  dropped(): ReadonlyMap<string, number> {
    return this.#dropped;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#closed ??= this.#close();
    await this.#closed;
  }

  // As the listener of the group.

  assigned(wanted: readonly TopicPartition[], member: GroupMember): void {
    this.revoked();
    const assignment = new Assignment(wanted, member);
    this.#assignment = assignment;
    this.#parts.context.log.info(
      { group: this.#parts.group, partitions: wanted.length },
      'got partitions of the group',
    );
    void this.#begin(assignment);
  }

  revoked(): void {
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    this.#assignment = undefined;
    const { unfinished } = this.#intake;
    this.#parts.context.log.info({ group: this.#parts.group, unfinished }, 'left the partitions to the group');
    this.#ledger.revoking(assignment);
    assignment.lose();
    this.#intake.clear();
  }

  fetched(place: TopicPartition, batch: FetchedBatch): void {
    const partition = this.#assignment?.get(place);
    if (partition === undefined) return;
    const lost = partition.fetched(batch);
    if (lost > 0) this.#expired(place, lost);
    else if (lost < 0)
      this.#parts.context.log.warn({ ...place, offset: batch.from }, 'the log of the partition went back');
    this.#ledger.touched(partition);
    if (batch.broken !== undefined) partition.stuck = undecodable(batch.broken);
    for (const full of this.#intake.came(partition)) this.#assignment?.member.pause(full);
    this.#failIfStuck(partition);
    this.#doorbell.ring();
  }

  failed(error: Error): void {
    this.#failure ??= error;
    this.#begun.reject(error);
    this.revoked();
    this.#doorbell.ring();
  }

  retired(partition: Partition): void {
    this.#left(partition);
  }

  /** A permit, and maybe a lane, is free again. */
  #left(partition: Partition): void {
    for (const roomy of this.#intake.left(partition)) this.#assignment?.member.resume(roomy);
    this.#failIfStuck(partition);
    this.#doorbell.ring();
  }

  /** What comes before the place that can't be read is finished first: whoever moves the group past that place must not skip it. */
  #failIfStuck(partition: Partition): void {
    if (partition.stuck === undefined || partition.unfinished > 0) return;
    if (this.#assignment?.get(partition) === partition) this.failed(partition.stuck);
  }

  #delivery(partition: Partition, pending: PendingRecord): Delivery {
    const { lost } = this.#assignment ?? {};
    if (lost === undefined) throw revoked(partition); // the intake is empty then
    return new KafkaDelivery(recordEvent(pending.record, partition), partition, pending, lost);
  }

  async #join(signal: AbortSignal): Promise<void> {
    this.#membership = await Membership.join({ ...this.#parts.context, ...this.#parts, listener: this }, signal);
    await orAborted(this.#begun.promise, signal);
  }

  /** Never rejects. */
  async #begin(assignment: Assignment): Promise<void> {
    const { options, context, client, group } = this.#parts;
    try {
      const parts = { ...context, ledger: this.#ledger, client, group, from: options.start };
      const starts = await findBeginnings(assignment, parts);
      if (!assignment.lost.aborted) this.#start(assignment, starts);
    } catch (thrown) {
      this.failed(thrown as Error); // of our own client
    }
  }

  #start(assignment: Assignment, starts: readonly StartOf[]): void {
    const { options } = this.#parts;
    for (const { place, start, expired } of starts) {
      const partition = this.#intake.add(place, options.order, start);
      assignment.add(partition);
      if (expired > 0) this.#expired(place, expired);
      assignment.member.fetchFrom(place, start.offset);
    }
    this.#begun.resolve();
    this.#doorbell.ring();
  }

  #expired(place: TopicPartition, offsets: number): void {
    this.#dropped.set('expired', (this.#dropped.get('expired') ?? 0) + offsets);
    this.#parts.context.log.error({ ...place, offsets }, 'the broker removed records before they were read');
  }

  async #close(): Promise<void> {
    await this.#ledger.drain();
    this.revoked();
    await this.#membership?.[Symbol.asyncDispose]();
    await this.#parts.client[Symbol.asyncDispose]();
    this.#doorbell.close();
  }
}

function undecodable(broken: Error): SluiceError {
  return new SluiceError('SLU3402', broken.message, {
    cause: broken,
    fix: 'if it is not needed, move the group to the offset after its batch: kafka-consumer-groups.sh --reset-offsets --to-offset N',
    state: 'nothing was skipped; the partition stays where it is',
  });
}
