import { atMost, type Clock, type Logger, SluiceError } from '#trigger';
import type { KafkaClient, TopicPartition } from '../client/kafka-client.ts';
import type { Assignment } from '../group/assignment.ts';
import { KafkaPublisher } from '../publish/publisher.ts';
import type { Partition } from '../records/partition.ts';
import type { Outputs, PendingRecord } from '../records/pending-record.ts';
import type { FinalSettlement, Ledger, LedgerListener } from './ledger.ts';
import { PartitionTransactions } from './partition-transactions.ts';

export interface TransactionLedgerOptions {
  readonly client: KafkaClient;
  readonly group: string;
  readonly transactionTimeoutMs: number;
  readonly heartbeatIntervalMs: number;
  /** The longest that an offset without outputs waits to be committed, in milliseconds. */
  readonly everyMs: number;
  readonly clock: Clock;
  readonly log: Logger;
  readonly listener: LedgerListener;
}

/** Producers that are connected at once when partitions are assigned. */
const CONNECTING = 8;
/** After this many heartbeats, the group has told a member that its partitions are revoked. */
const TOLD_AFTER_BEATS = 3;
/** How long running transactions may take at the end, in milliseconds. */
const LAST_MS = 5000;

/**
 * Commits the outputs of records and their offsets in one transaction: readers of committed records see both or neither.
 *
 * Each partition has a producer with its own transactional id (KIP-98). The next owner of the partition connects with the same id: the broker then
 * ends the previous producer's open transaction and rejects that producer from then on. Only then is the committed offset read. So a member that the
 * group removed but that still lives can't commit anything.
 */
export class TransactionLedger implements Ledger {
  readonly #options: TransactionLedgerOptions;
  #assignment: Assignment | undefined;
  #transactions = new Map<string, PartitionTransactions>();
  readonly #closing = new Set<Promise<void>>();
  readonly #over = new AbortController();
  #running: Promise<void> | undefined;

  constructor(options: TransactionLedgerOptions) {
    this.#options = options;
  }

  async opened(assignment: Assignment): Promise<void> {
    this.#assignment = assignment;
    const waiting = assignment.wanted.filter((place) => !this.#transactions.has(nameOf(place)));
    const connect = async (): Promise<void> => {
      for (let place = waiting.shift(); place !== undefined && !assignment.lost.aborted; place = waiting.shift()) {
        await this.#connect(place, assignment);
      }
    };
    await Promise.all(Array.from({ length: CONNECTING }, connect));
    this.#running ??= this.#touchAll();
  }

  async done(partition: Partition, pending: PendingRecord, settlement: FinalSettlement): Promise<void> {
    const assignment = this.#assignment;
    const { publish = [] } = settlement;
    const dropped = settlement.kind === 'drop' && publish.length > 0 ? settlement.reason : undefined;
    // The same dead letter would be refused again, so it goes elsewhere.
    if (dropped !== undefined && pending.refusal?.letter !== undefined) throw pending.refusal.letter;
    const outputs: Outputs[] = [];
    for (const { publisher, messages } of publish) {
      if (!(publisher instanceof KafkaPublisher)) throw new TypeError('commits() did not accept this publisher');
      const records = await publisher.records(messages);
      outputs.push({ compression: publisher.compression, records, obstacle: () => publisher.obstacle(records) });
    }
    if (assignment === undefined || assignment !== this.#assignment) throw tooLate(partition);
    partition.hold(pending, outputs, dropped);
    await this.#transactions.get(nameOf(partition))?.held(partition, pending);
  }

  touched(partition: Partition): void {
    this.#transactions.get(nameOf(partition))?.touch(partition);
  }

  revoking(assignment: Assignment): void {
    if (assignment !== this.#assignment) return;
    this.#assignment = undefined;
    const transactions = [...this.#transactions.values()];
    this.#transactions = new Map();
    const closing = Promise.all(transactions.map((one) => one[Symbol.asyncDispose]())).then(() => {
      this.#closing.delete(closing);
    });
    this.#closing.add(closing);
  }

  async drain(): Promise<void> {
    this.#over.abort();
    await this.#running;
    const last = Promise.all([...this.#transactions.values()].map((one) => one.idle()));
    await atMost(LAST_MS, last, this.#options.clock);
    if (this.#assignment !== undefined) this.revoking(this.#assignment);
    await Promise.all(this.#closing);
  }

  async #connect(place: TopicPartition, assignment: Assignment): Promise<void> {
    const { client, group, transactionTimeoutMs, log } = this.#options;
    const listener: LedgerListener = {
      retired: (partition) => this.#options.listener.retired(partition),
      failed: (error) => void this.#failed(error, assignment),
    };
    const transactionalId = `${group}/${nameOf(place)}`;
    const producer = await client.producer({ compression: 'none', transactionalId, transactionTimeoutMs });
    const transactions = new PartitionTransactions({ producer, group, listener, log });
    if (assignment === this.#assignment) this.#transactions.set(nameOf(place), transactions);
    else await transactions[Symbol.asyncDispose]();
  }

  /** A suspended member is fenced before it learns that its group removed it. The next generation then continues. Never rejects. */
  async #failed(error: Error, { lost }: Assignment): Promise<void> {
    const { clock, heartbeatIntervalMs, listener } = this.#options;
    const isFenced = error instanceof SluiceError && error.code === 'SLU3410';
    if (isFenced) await clock.sleep(heartbeatIntervalMs * TOLD_AFTER_BEATS, lost);
    if (!lost.aborted) listener.failed(error);
  }

  /** Commits first positions and attempts that no other commit has covered. Never rejects. */
  async #touchAll(): Promise<void> {
    const { clock, everyMs } = this.#options;
    while (!this.#over.signal.aborted) {
      await clock.sleep(everyMs, this.#over.signal);
      for (const transactions of this.#transactions.values()) transactions.commitTouched();
    }
  }
}

function nameOf({ topic, partition }: TopicPartition): string {
  return `${topic}/${partition}`; // a topic has no slash in its name: no two groups come to the same transactional id
}

function tooLate({ topic, partition }: Partition): SluiceError {
  return new SluiceError('SLU3003', `partition ${partition} of topic '${topic}' was taken away before the commit`, {
    transient: true,
    state: 'nothing was published; the record comes again, to the new owner of the partition',
  });
}
