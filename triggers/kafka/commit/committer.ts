import { atMost, type Clock, type Logger, SluiceError } from '#trigger';
import type { CommittedOffset } from '../client/kafka-client.ts';
import { Doorbell } from '../doorbell.ts';
import type { Assignment } from '../group/assignment.ts';
import type { Partition } from '../records/partition.ts';
import type { PendingRecord } from '../records/pending-record.ts';
import { writeAttempts } from './attempts-note.ts';
import type { Ledger } from './ledger.ts';

export interface CommitterOptions {
  /** The longest that a finished record waits for its commit, in milliseconds. */
  readonly everyMs: number;
  /** Finished records after which a commit does not wait. */
  readonly records: number;
  readonly clock: Clock;
  readonly log: Logger;
}

/** How long the commit at the end may take, in milliseconds. */
const LAST_COMMIT_MS = 3000;

/**
 * Commits offsets at intervals, all partitions together, one commit at a time. After a crash, records finished since the last commit come again.
 * When partitions are revoked, and at the end, it commits at once.
 */
export class Committer implements Ledger {
  readonly #options: CommitterOptions;
  readonly #dirty = new Set<Partition>();
  readonly #over = new AbortController();
  #assignment: Assignment | undefined;
  #finished = 0;
  readonly #doorbell: Doorbell;
  #committing: Promise<void> | undefined;
  #running: Promise<void> | undefined;

  constructor(options: CommitterOptions) {
    this.#options = options;
    this.#doorbell = new Doorbell(options.clock);
  }

  opened(assignment: Assignment): Promise<void> {
    this.#assignment = assignment;
    this.#dirty.clear();
    this.#running ??= this.#run();
    return Promise.resolve();
  }

  done(partition: Partition, pending: PendingRecord): void {
    partition.finish(pending);
    this.#dirty.add(partition);
    this.#finished += 1;
    if (this.#finished === this.#options.records) this.#doorbell.ring();
  }

  touched(partition: Partition): void {
    this.#dirty.add(partition);
  }

  revoking(assignment: Assignment): void {
    if (assignment !== this.#assignment) return;
    void this.#commit();
    this.#assignment = undefined;
    this.#dirty.clear();
  }

  async drain(): Promise<void> {
    this.#over.abort();
    // A broker that is away must not delay the shutdown: uncommitted records come again.
    await atMost(LAST_COMMIT_MS, this.#last(), this.#options.clock);
    this.#doorbell.close();
    this.#assignment = undefined;
  }

  async #last(): Promise<void> {
    await this.#running;
    await this.#committing;
    await this.#commit();
  }

  async #run(): Promise<void> {
    const { clock, everyMs } = this.#options;
    while (!this.#over.signal.aborted) {
      await this.#doorbell.wait(clock.now() + everyMs, this.#over.signal);
      this.#finished = 0;
      if (this.#dirty.size > 0) await this.#commit();
    }
  }

  /** Sends within this call. Never rejects: if it fails, the next commit includes its offsets, or the records come again. */
  #commit(): Promise<void> {
    const assignment = this.#assignment;
    const partitions = [...this.#dirty];
    this.#dirty.clear();
    const offsets = partitions.map((partition): CommittedOffset => {
      const { topic, partition: number, watermark, attempts } = partition;
      return { topic, partition: number, offset: watermark, metadata: writeAttempts(watermark, attempts) };
    });
    if (assignment === undefined || offsets.length === 0) return DONE;
    const failed = (thrown: unknown): void => this.#failed(assignment, partitions, thrown);
    this.#committing = assignment.commit(offsets).catch(failed);
    return this.#committing;
  }

  /** Revoked partitions belong to another member: their offsets are never committed in a later generation. */
  #failed(assignment: Assignment, partitions: readonly Partition[], thrown: unknown): void {
    const over = assignment !== this.#assignment || (thrown instanceof SluiceError && thrown.code === 'SLU3003');
    const about = { err: thrown, partitions: partitions.length };
    if (over)
      this.#options.log.info(about, 'the group is rebalancing: the records that were finished last may come again');
    else this.#options.log.warn(about, 'offsets could not be committed; trying again');
    if (!over) for (const partition of partitions) this.#dirty.add(partition);
  }
}

const DONE = Promise.resolve();
