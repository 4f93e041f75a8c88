import { type Logger, reasonOf, SluiceError } from '#trigger';
import type { CommittedOffset, Producer, Transaction } from '../client/kafka-client.ts';
import { isNoteTooLong, isOfTopic } from '../client/kafka-error.ts';
import type { Partition } from '../records/partition.ts';
import type { Outputs, PendingRecord } from '../records/pending-record.ts';
import { writeAttempts } from './attempts-note.ts';
import type { LedgerListener } from './ledger.ts';

export interface PartitionTransactionsParts {
  /** The transactional producer of this partition; closed with this object. */
  readonly producer: Producer;
  readonly group: string;
  readonly listener: LedgerListener;
  readonly log: Logger;
}

/** The most records per transaction; it takes those that arrived during the previous one. */
const MOST_RECORDS = 2000;
/** The most retries in a row of an aborted transaction. */
const TRIES = 5;

/**
 * The transactions of one partition, one after the other. Held records with nothing unfinished below them go into the next one.
 *
 * A failed transaction is aborted, and its records go into the next one. If even the abort fails, the result is unknown. Then this object stops, and
 * a new generation of the group must find out.
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
   * A record is held. Resolves when its transaction is committed, or at once if something below it is unfinished: its transaction may then be far
   * off. Rejects if it is known not to be committed.
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

  /** Requests a commit that is not urgent. */
  touch(partition: Partition): void {
    this.#partition = partition;
    this.#touched = true;
  }

  commitTouched(): void {
    if (this.#touched && this.#over === undefined) this.#running ??= this.#run();
  }

  /** Resolves when everything that can be committed is. */
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
    // Records that are finished in this turn of the event loop go together.
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
      return this.#aborted(partition, places, thrown);
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

  /** Rejects with Aborted if certainly nothing of it counts, else with the error that made it doubtful. */
  async #attempt(partition: Partition, places: readonly PendingRecord[], offset: number): Promise<void> {
    const { producer, group, log } = this.#parts;
    const { topic, partition: number, attempts } = partition;
    const left = new Map([...attempts].filter(([of]) => of >= offset));
    const transaction = await producer.begin();
    let sending = false;
    try {
      // The offsets go first: a coordinator that is still ending the previous transaction reports it here, and is asked again soon.
      await offsetsOf(transaction, group, { topic, partition: number, offset, metadata: writeAttempts(offset, left) });
      sending = true;
      await sendAll(transaction, places);
    } catch (thrown) {
      if (thrown instanceof SluiceError && thrown.code === 'SLU3410') throw thrown;
      await transaction.abort();
      if (!transaction.sure) throw thrown;
      log.warn({ err: thrown, topic, partition: number }, 'a transaction was aborted; its records are retried');
      throw new Aborted(thrown, sending);
    }
    await transaction.commit();
  }

  /** After a transient error, all of it is retried; otherwise it is retried in parts, until the faulty record is alone. */
  async #aborted(partition: Partition, places: readonly PendingRecord[], { cause, sending }: Aborted): Promise<void> {
    const [only] = places;
    this.#touched = true;
    if (!(cause instanceof SluiceError) || cause.transient) {
      this.#failures += 1;
      if (this.#failures >= TRIES) this.#doubt(cause);
      else if (cause instanceof SluiceError && cause.code === 'SLU3406') await this.#sortOut(partition, places);
    } else if (!sending || only === undefined || !isOfTopic(cause)) {
      this.#doubt(cause);
    } else if (places.length > 1) {
      this.#most = Math.ceil(places.length / 2);
    } else {
      this.#refuse(partition, only, cause);
    }
  }

  /**
   * The record or its destination is at fault. If its settlement still waits, that rejects. Otherwise it was noted as done earlier: it comes again,
   * to be given up on, or to wait for its destination.
   */
  #refuse(partition: Partition, pending: PendingRecord, cause: SluiceError): void {
    if (this.#waiting.has(pending)) this.#giveBack(partition, pending, cause);
    else if (cause.ofMessage) partition.refuse(pending, cause);
    else partition.redo(pending);
    this.#letGo(partition);
  }

  /** A topic is missing. Records with outputs for it are settled again, which waits for the topic; no other record waits for it. */
  async #sortOut(partition: Partition, places: readonly PendingRecord[]): Promise<void> {
    for (const pending of places) {
      for (const { obstacle } of pending.outputs ?? []) {
        const found = await obstacle();
        if (found === undefined) continue;
        if (this.#over !== undefined) return;
        if (this.#waiting.has(pending)) this.#giveBack(partition, pending, found);
        else partition.redo(pending);
        break;
      }
    }
    this.#letGo(partition);
  }

  #giveBack(partition: Partition, pending: PendingRecord, cause: SluiceError): void {
    partition.takeBack(pending);
    this.#waiting.get(pending)?.reject(cause);
    this.#waiting.delete(pending);
  }

  #letGo(partition: Partition): void {
    // Later records would wait for it and keep their permits, of which it may need one.
    for (const [behind, { resolve }] of this.#waiting) {
      if (partition.mayCommit(behind)) continue;
      this.#waiting.delete(behind);
      resolve();
    }
    this.#parts.listener.retired(partition);
  }

  /** If it had ended before, that was reported: the partition belongs to another member, and a closed or fenced producer is expected. */
  #doubt(thrown: unknown): void {
    if (this.#over !== undefined) return;
    const error = thrown instanceof Error ? thrown : new Error(reasonOf(thrown));
    this.#end(error);
    this.#parts.listener.failed(error);
  }

  #end(error: Error): void {
    this.#over ??= isForGood(error) ? unconfirmed(error) : error;
    for (const { reject } of this.#waiting.values()) reject(this.#over);
    this.#waiting.clear();
  }
}

async function offsetsOf(transaction: Transaction, group: string, offset: CommittedOffset): Promise<void> {
  try {
    await transaction.offsets(group, [offset]);
  } catch (thrown) {
    if (!isNoteTooLong(thrown)) throw thrown;
    await transaction.offsets(group, [{ ...offset, metadata: '' }]);
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

function isForGood(error: Error): boolean {
  return error instanceof SluiceError && !error.transient;
}

/** The source failed: no event is at fault. */
function unconfirmed(cause: Error): SluiceError {
  return new SluiceError('SLU3003', `the transaction was not committed: ${cause.message}`, { cause, transient: true });
}

/** Nothing of the transaction counts. `sending`: the offsets were accepted, and the outputs of its records caused the failure. */
class Aborted extends Error {
  readonly sending: boolean;

  constructor(cause: unknown, sending: boolean) {
    super(reasonOf(cause), { cause });
    this.sending = sending;
  }
}
