import type { PublishGroup } from '#trigger';
import type { Assignment } from './assignment.ts';
import type { Partition, PendingRecord } from './partition.ts';

/** How finished records become committed offsets: by themselves (`Committer`), or in one transaction with what was made of them. */
export interface Ledger {
  /** These partitions are ours now; called before their committed offsets are read. */
  opened(assignment: Assignment): Promise<void>;
  /** A record is done with. Resolves when that counts: at once, or when its transaction is committed. */
  done(partition: Partition, pending: PendingRecord, publish: readonly PublishGroup[]): Promise<void>;
  /** Something about the partition is to be committed soon: its first position, an attempt. */
  touched(partition: Partition): void;
  /** The generation ends. What is sent within this call still counts; nothing afterwards. */
  revoking(assignment: Assignment): void;
  /** Resolves when all that is done with is committed, or can't be. */
  drain(): Promise<void>;
}
