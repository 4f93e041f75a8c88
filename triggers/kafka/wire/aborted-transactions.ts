import type { ByteReader } from './byte-reader.ts';
import type { BatchHeader } from './record-batch.ts';

export interface AbortedTransaction {
  readonly producerId: bigint;
  readonly firstOffset: number;
}

const ABORT = 0;

/**
 * Finds the batches of aborted transactions, batch by batch in the order of the log (KIP-98): a producer's batches from the first offset that the
 * broker names until the control record that ends the transaction.
 */
export class AbortedTransactions {
  /** Transactions that have not begun yet, the next one last. */
  readonly #ahead: AbortedTransaction[];
  readonly #open = new Set<bigint>();

  constructor(aborted: readonly AbortedTransaction[]) {
    this.#ahead = aborted.toSorted((one, other) => other.firstOffset - one.firstOffset);
  }

  /** Whether this batch of data was aborted. */
  covers(batch: BatchHeader): boolean {
    this.#begin(batch.lastOffset);
    return batch.transactional && this.#open.has(batch.producerId);
  }

  /** Reads a control batch; `records` is at its only record, if compaction has left it. */
  control(batch: BatchHeader, records: ByteReader): void {
    this.#begin(batch.lastOffset);
    if (batch.count > 0 && isAbort(records)) this.#open.delete(batch.producerId);
  }

  #begin(upTo: number): void {
    for (let next = this.#ahead.at(-1); next !== undefined && next.firstOffset <= upTo; next = this.#ahead.at(-1)) {
      this.#open.add(next.producerId);
      this.#ahead.pop();
    }
  }
}

/** The key of a control record is its version and its type, two bytes each. */
function isAbort(records: ByteReader): boolean {
  records.varint();
  records.position++;
  records.varlong();
  records.varint();
  records.varint();
  records.position += 2;
  return records.int16() === ABORT;
}
