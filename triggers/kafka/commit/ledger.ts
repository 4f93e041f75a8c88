import type { Settlement } from '#trigger';
import type { Assignment } from '../group/assignment.ts';
import type { Partition } from '../records/partition.ts';
import type { PendingRecord } from '../records/pending-record.ts';

/** Callbacks of a ledger. */
export interface LedgerListener {
  /** Held records were retired, so there may be room again. */
  retired(partition: Partition): void;
  /** It is unknown what was committed. Only a new generation can find out. */
  failed(error: Error): void;
}

/** A settlement that ends a record. */
export type FinalSettlement = Extract<Settlement, { kind: 'accept' | 'drop' }>;

/** How finished records become committed offsets: on their own (`Committer`), or in one transaction with their outputs (`TransactionLedger`). */
export interface Ledger {
  /** Called when partitions were assigned, before their committed offsets are read. May be called again for the same ones. */
  opened(assignment: Assignment): Promise<void>;
  /** Finishes a record. Returns nothing if that counts at once. Otherwise resolves when it counts, or rejects with a SluiceError if it can't. */
  done(partition: Partition, pending: PendingRecord, settlement: FinalSettlement): Promise<void> | void;
  /** Requests a commit for the partition soon: of its first position, or an attempt. */
  touched(partition: Partition): void;
  /** The generation ends. Commits that are sent within this call still count; later ones don't. */
  revoking(assignment: Assignment): void;
  /** Resolves when all finished records are committed, or can't be. */
  drain(): Promise<void>;
}
