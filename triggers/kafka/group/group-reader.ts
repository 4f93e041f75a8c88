import { type AdapterContext, type Delivery, orAborted, SluiceError } from '#trigger';
import type {
  FetchedBatch,
  GroupListener,
  GroupMember,
  GroupState,
  KafkaClient,
  TopicPartition,
} from '../client/kafka-client.ts';
import type { Ledger, LedgerListener } from '../commit/ledger.ts';
import type { TriggerOptions } from '../options/trigger-options.ts';
import { KafkaDelivery } from '../records/delivery.ts';
import { Intake } from '../records/intake.ts';
import type { Partition } from '../records/partition.ts';
import type { PendingRecord } from '../records/pending-record.ts';
import { recordEvent } from '../records/record-event.ts';
import { revoked } from '../records/settlements.ts';
import { Doorbell } from '../doorbell.ts';
import { Assignment } from './assignment.ts';
import { Membership } from './membership.ts';
import { findBeginnings, type StartOf } from './starts.ts';

export interface GroupReaderParts {
  /** Closed with the reader. */
  readonly client: KafkaClient;
  readonly ledger: (listener: LedgerListener) => Ledger;
  readonly group: string;
  readonly topics: readonly string[];
  /** A topic that a pattern excludes. */
  readonly without: string | undefined;
  readonly options: TriggerOptions;
  readonly context: AdapterContext;
}

/**
 * The records that one member of a consumer group reads. The group assigns and revokes partitions; the client fetches their records, which wait in
 * their partition and are given out by lanes. When the group rebalances, everything of the old generation is lost: finished records are committed
 * first, and deliveries in progress are completed in vain.
 */
export class GroupReader implements GroupListener, LedgerListener, AsyncDisposable {
  readonly ledger: Ledger;
  readonly intake: Intake;
  /** Events that the broker removed before they were read, by reason. */
  readonly dropped = new Map<string, number>();
  readonly #parts: GroupReaderParts;
  #membership: Membership | undefined;
  #assignment: Assignment | undefined;
  #failure: unknown;
  readonly #doorbell: Doorbell;
  readonly #begun = Promise.withResolvers<void>();

  /** Joins the group, and resolves when this member's first offsets are known. */
  static async open(parts: GroupReaderParts, signal: AbortSignal): Promise<GroupReader> {
    const reader = new GroupReader(parts);
    try {
      await reader.#join(signal);
      return reader;
    } catch (thrown) {
      await reader[Symbol.asyncDispose]();
      throw thrown;
    }
  }

  private constructor(parts: GroupReaderParts) {
    this.#parts = parts;
    this.#doorbell = new Doorbell(parts.context.clock);
    this.ledger = parts.ledger(this);
    this.intake = new Intake(parts.options.window);
    this.#begun.promise.catch(() => {}); // `open` waits for it; later nobody does
  }

  /** This member's part of the current generation; `undefined` while the group rebalances. */
  get assignment(): Assignment | undefined {
    return this.#assignment;
  }

  /** The error that stopped it: the next `take` rejects with it. */
  get failure(): unknown {
    return this.#failure;
  }

  get state(): GroupState | undefined {
    return this.#membership?.state;
  }

  async take(max: number, stop: AbortSignal): Promise<readonly Delivery[]> {
    const { clock } = this.#parts.context;
    while (!stop.aborted) {
      if (this.#failure !== undefined) throw this.#failure;
      const taken = this.intake.take(max, clock.now(), this.#delivery);
      if (taken.length > 0) return taken;
      await this.#doorbell.wait(this.intake.nextDue, stop);
    }
    return [];
  }

  /** Records of a partition were finished or came back, so a permit and maybe a lane are free again. */
  left(partition: Partition): void {
    for (const roomy of this.intake.left(partition)) this.#assignment?.member.resume(roomy);
    this.#failIfStuck(partition);
    this.#doorbell.ring();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.ledger.drain();
    this.revoked();
    await this.#membership?.[Symbol.asyncDispose]();
    await this.#parts.client[Symbol.asyncDispose]();
    this.#doorbell.close();
  }

  // As the listener of the group.

  assigned(wanted: readonly TopicPartition[], member: GroupMember): void {
    this.revoked();
    const assignment = new Assignment(wanted, member);
    this.#assignment = assignment;
    this.#parts.context.log.info({ group: this.#parts.group, partitions: wanted.length }, 'partitions assigned');
    void this.#begin(assignment);
  }

  revoked(): void {
    const assignment = this.#assignment;
    if (assignment === undefined) return;
    this.#assignment = undefined;
    const { unfinished } = this.intake;
    this.#parts.context.log.info({ group: this.#parts.group, unfinished }, 'partitions revoked');
    this.ledger.revoking(assignment);
    assignment.lose();
    this.intake.clear();
  }

  fetched(place: TopicPartition, batch: FetchedBatch): void {
    const partition = this.#assignment?.get(place);
    if (partition === undefined) return;
    const lost = partition.fetched(batch);
    if (lost > 0) this.#expired(place, lost);
    else if (lost < 0)
      this.#parts.context.log.warn({ ...place, offset: batch.from }, 'the log of the partition went back');
    this.ledger.touched(partition);
    if (batch.broken !== undefined) partition.stuck = undecodable(batch.broken);
    for (const full of this.intake.came(partition)) this.#assignment?.member.pause(full);
    this.#failIfStuck(partition);
    this.#doorbell.ring();
  }

  failed(error: Error): void {
    this.#failure ??= error;
    this.#begun.reject(error);
    this.revoked();
    this.#doorbell.ring();
  }

  // As the listener of the ledger, together with `failed`.

  retired(partition: Partition): void {
    this.left(partition);
  }

  /** Records before the unreadable offset are finished first: moving the group past that offset must not skip them. */
  #failIfStuck(partition: Partition): void {
    if (partition.stuck === undefined || partition.unfinished > 0) return;
    if (this.#assignment?.get(partition) === partition) this.failed(partition.stuck);
  }

  readonly #delivery = (partition: Partition, pending: PendingRecord): Delivery => {
    const { lost } = this.#assignment ?? {};
    if (lost === undefined) throw revoked(partition); // the intake is empty then
    return new KafkaDelivery(recordEvent(pending.record, partition), partition, pending, lost);
  };

  async #join(signal: AbortSignal): Promise<void> {
    this.#membership = await Membership.join({ ...this.#parts.context, ...this.#parts, listener: this }, signal);
    await orAborted(this.#begun.promise, signal);
  }

  /** Never rejects. */
  async #begin(assignment: Assignment): Promise<void> {
    const { options, context, client, group } = this.#parts;
    try {
      const parts = { ...context, ledger: this.ledger, client, group, from: options.start };
      const starts = await findBeginnings(assignment, parts);
      if (!assignment.lost.aborted) this.#start(assignment, starts);
    } catch (thrown) {
      this.failed(thrown as Error); // of our own client
    }
  }

  #start(assignment: Assignment, starts: readonly StartOf[]): void {
    const { options } = this.#parts;
    for (const { place, start, expired } of starts) {
      const partition = this.intake.add(place, options.order, start);
      assignment.add(partition);
      if (expired > 0) this.#expired(place, expired);
      assignment.member.fetchFrom(place, start.offset);
    }
    this.#begun.resolve();
    this.#doorbell.ring();
  }

  #expired(place: TopicPartition, offsets: number): void {
    this.dropped.set('expired', (this.dropped.get('expired') ?? 0) + offsets);
    this.#parts.context.log.error({ ...place, offsets }, 'the broker removed records before they were read');
  }
}

function undecodable(broken: Error): SluiceError {
  return new SluiceError('SLU3402', broken.message, {
    cause: broken,
    fix: 'if it is not needed, move the group to the offset after its batch: kafka-consumer-groups.sh --reset-offsets --to-offset N',
    state: 'nothing was skipped; the partition stays where it is',
  });
}
