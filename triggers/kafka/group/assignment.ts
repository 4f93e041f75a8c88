import { SluiceError } from '#trigger';
import type { CommittedOffset, GroupMember, TopicPartition } from '../client/kafka-client.ts';
import { isNoteTooLong } from '../client/kafka-error.ts';
import type { Partition } from '../records/partition.ts';

/** The partitions that are assigned to us in one generation of the group. */
export class Assignment {
  readonly member: GroupMember;
  /** All assigned partitions, including those whose offset is not known yet. */
  readonly wanted: readonly TopicPartition[];
  readonly #lost = new AbortController();
  readonly #partitions = new Map<string, Map<number, Partition>>();

  constructor(wanted: readonly TopicPartition[], member: GroupMember) {
    this.wanted = wanted;
    this.member = member;
  }

  /** Aborted when the partitions are no longer ours. */
  get lost(): AbortSignal {
    return this.#lost.signal;
  }

  get partitions(): Partition[] {
    return [...this.#partitions.values()].flatMap((ofTopic) => [...ofTopic.values()]);
  }

  get({ topic, partition }: TopicPartition): Partition | undefined {
    return this.#partitions.get(topic)?.get(partition);
  }

  add(partition: Partition): void {
    const ofTopic = this.#partitions.get(partition.topic);
    if (ofTopic === undefined) this.#partitions.set(partition.topic, new Map([[partition.partition, partition]]));
    else ofTopic.set(partition.partition, partition);
  }

  /**
   * Commits as its member does, until the partitions are revoked; then rejects with SLU3003. The group checks only that a commit is of its current
   * generation, in which this member may have other partitions by now.
   */
  async commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (this.lost.aborted)
      throw new SluiceError('SLU3003', 'the partitions were revoked before the commit', { transient: true });
    try {
      await this.member.commit(offsets);
    } catch (thrown) {
      if (!isNoteTooLong(thrown) || this.lost.aborted) throw thrown;
      await this.member.commit(offsets.map((offset) => ({ ...offset, metadata: '' })));
    }
  }

  lose(): void {
    this.#lost.abort();
  }
}
