import type { Settlement } from '#trigger';
import type { Assignment } from '../group/assignment.ts';
import type { Partition } from '../records/partition.ts';
import type { PendingRecord } from '../records/pending-record.ts';

/** What a ledger reports. */
export interface LedgerListener {
  /** Records that were held are retired: there may be room again. */
  retired(partition: Partition): void;
  /** It is unknown what was committed: only a new generation can find out. */
  failed(error: Error): void;
}

/** A settlement that ends a record. */
export type FinalSettlement = Extract<Settlement, { kind: 'accept' | 'drop' }>;

/** How finished records become committed offsets: on their own (`Committer`), or in one transaction with their outputs (`TransactionLedger`). */
export interface Ledger {
  /** These partitions are ours now; called before their committed offsets are read. May be called again for the same ones. */
  opened(assignment: Assignment): Promise<void>;
  /** A record is done with. Returns nothing when that counts at once; else resolves when it does, or rejects with a SluiceError when it can't. */
  done(partition: Partition, pending: PendingRecord, settlement: FinalSettlement): Promise<void> | void;
  /** Something about the partition is to be committed soon: its first position, an attempt. */
  touched(partition: Partition): void;
  /** The generation ends. What is sent within this call still counts; nothing afterwards. */
  revoking(assignment: Assignment): void;
  /** Resolves when all that is done with is committed, or can't be. */
  drain(): Promise<void>;
}
