import { type Logger, reasonOf, SluiceError } from '#trigger';
import { writeAttempts } from './attempts-note.ts';
import type { Producer, Transaction } from './client/kafka-client.ts';
import type { LedgerListener } from './ledger.ts';
import type { Outputs, Partition, PendingRecord } from './partition.ts';

export interface PartitionTransactionsParts {
  /** Transactional, of this partition alone; closed with this. */
  readonly producer: Producer;
  readonly group: string;
  readonly listener: LedgerListener;
  readonly log: Logger;
}

/** Records whose outputs go into one transaction: as many as came while the one before was under way, up to this. */
const MOST_RECORDS = 2000;
/** An aborted transaction is tried again so often in a row. */
const TRIES = 5;

/**
 * The transactions of one partition, one after the other: whatever is held and has nothing unfinished below it goes into the next.
 *
 * A transaction that fails is aborted, and what it held goes into the next. Where even the abort fails it is not known what became of it;
 * then nothing more is done here, and the group must find out anew.
 */
export class PartitionTransactions implements AsyncDisposable {
  readonly #parts: PartitionTransactionsParts;
  readonly #waiting = new Map<PendingRecord, PromiseWithResolvers<void>>();
  #partition: Partition | undefined;
  #touched = false;
  #running: Promise<void> | undefined;
  #over: Error | undefined;
  #failures = 0;
  #most = MOST_RECORDS;

  constructor(parts: PartitionTransactionsParts) {
    this.#parts = parts;
  }

  /**
   * A record is held. Resolves when its transaction is committed, or at once when something below it is unfinished: its transaction may then
   * be a long way off. Rejects when it is known not to be committed.
   */
  async held(partition: Partition, pending: PendingRecord): Promise<void> {
    if (this.#over !== undefined) throw this.#over;
    this.#partition = partition;
    if (!partition.mayCommit(pending)) return;
    const committed = Promise.withResolvers<void>();
    this.#waiting.set(pending, committed);
    this.#running ??= this.#run();
    await committed.promise;
  }

  /** There is something to commit without a hurry. */
  touch(partition: Partition): void {
    this.#partition = partition;
    this.#touched = true;
  }

  commitTouched(): void {
    if (this.#touched && this.#over === undefined) this.#running ??= this.#run();
  }

  /** Resolves when what can be committed is. */
  async idle(): Promise<void> {
    this.commitTouched();
    await this.#running;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#end(new SluiceError('SLU3003', 'the partition was taken away before the commit', { transient: true }));
    await this.#parts.producer[Symbol.asyncDispose]();
    await this.#running;
  }

  /** Never rejects. */
  async #run(): Promise<void> {
    // What is finished in this turn of the event loop goes together.
    await new Promise((resolve) => setImmediate(resolve));
    while (this.#over === undefined && this.#partition !== undefined) {
      const { places, watermark } = this.#partition.held;
      if (places.length === 0 && !this.#touched) break;
      this.#touched = false;
      await this.#commit(this.#partition, places.slice(0, this.#most), places[this.#most]?.offset ?? watermark);
    }
    this.#running = undefined;
  }

  async #commit(partition: Partition, places: readonly PendingRecord[], watermark: number): Promise<void> {
    try {
      await this.#attempt(partition, places, watermark);
    } catch (thrown) {
      if (!(thrown instanceof Aborted)) return this.#doubt(thrown);
      return this.#aborted(partition, places, thrown.cause);
    }
    this.#failures = 0;
    this.#most = Math.min(this.#most * 2, MOST_RECORDS);
    for (const pending of places) {
      partition.retire(pending);
      this.#waiting.get(pending)?.resolve();
      this.#waiting.delete(pending);
    }
    this.#parts.listener.retired(partition);
  }

  /** Rejects with Aborted when it is sure that nothing of it counts, else with what made it doubtful. */
  async #attempt(partition: Partition, places: readonly PendingRecord[], offset: number): Promise<void> {
    const { producer, group, log } = this.#parts;
    const { topic, partition: number, attempts } = partition;
    const left = new Map([...attempts].filter(([of]) => of >= offset));
    const transaction = await producer.begin();
    try {
      // The offsets first: a coordinator that is still ending the transaction before says so here, and is asked again soon.
      await transaction.offsets(group, [{ topic, partition: number, offset, metadata: writeAttempts(offset, left) }]);
      await sendAll(transaction, places);
    } catch (thrown) {
      if (thrown instanceof SluiceError && thrown.code === 'SLU3410') throw thrown;
      await transaction.abort();
      log.warn({ err: thrown, topic, partition: number }, 'a transaction was aborted; what it held is tried again');
      throw new Aborted(reasonOf(thrown), { cause: thrown });
    }
    await transaction.commit();
  }

  /** For a passing reason, all of it is tried again; else it is tried in parts, until the record that is to blame is alone. */
  #aborted(partition: Partition, places: readonly PendingRecord[], cause: unknown): void {
    const isPassing = !(cause instanceof SluiceError) || cause.transient;
    const [only] = places;
    this.#touched = true;
    if (isPassing) {
      this.#failures += 1;
      if (this.#failures >= TRIES) this.#doubt(cause);
    } else if (places.length > 1) {
      this.#most = Math.ceil(places.length / 2);
    } else {
      const waiting = only && this.#waiting.get(only);
      if (only === undefined || waiting === undefined) return this.#doubt(cause);
      partition.takeBack(only);
      this.#waiting.delete(only);
      waiting.reject(cause);
    }
  }

  /** What ended it before told whoever must know: the partition is another's, and a producer that is closed or fenced is as it should be. */
  #doubt(thrown: unknown): void {
    if (this.#over !== undefined) return;
    const error = thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
    this.#end(error);
    this.#parts.listener.failed(error);
  }

  #end(error: Error): void {
    this.#over ??= error;
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }
}

/** One send for each compression. */
async function sendAll(transaction: Transaction, places: readonly PendingRecord[]): Promise<void> {
  const outputs = places.flatMap((place): readonly Outputs[] => place.outputs ?? []);
  for (const [compression, some] of Map.groupBy(outputs, (one) => one.compression)) {
    await transaction.send(
      some.flatMap(({ records }) => records),
      compression,
    );
  }
}

class Aborted extends Error {}
