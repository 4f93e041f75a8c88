import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLogger, SluiceError, systemClock } from '#trigger';
import { Assignment } from '../../triggers/kafka/group/assignment.ts';
import type {
  CommittedOffset,
  GroupListener,
  GroupMember,
  GroupState,
  TopicPartition,
} from '../../triggers/kafka/client/kafka-client.ts';
import { Committer } from '../../triggers/kafka/commit/committer.ts';
import { Partition } from '../../triggers/kafka/records/partition.ts';
import { batchFrom } from '../../triggers/kafka/testing/batches.ts';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, take } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { until } from '../until.ts';
import { numbers, SESSION_MS, Stage } from './stage.ts';

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

/** Joins the group of a topic as the adapter does. */
async function join(topic: string, listener: Partial<GroupListener>): Promise<GroupMember> {
  const options = {
    group: topic,
    topics: [topic],
    sessionTimeoutMs: SESSION_MS,
    rebalanceTimeoutMs: 10_000,
    heartbeatIntervalMs: 200,
    readCommitted: true,
    fetchBytes: 2 ** 20,
    partitionFetchBytes: 2 ** 20,
  };
  const none = { assigned: () => {}, revoked: () => {}, fetched: () => {}, failed: () => {} };
  return stage.peer.client.join(options, { ...none, ...listener }, new AbortController().signal);
}

/** A member whose commits get no answer before `lose` is called; the broker never sees them. */
class Unanswered implements GroupMember {
  readonly #member: GroupMember;
  readonly #answers: ReturnType<typeof Promise.withResolvers<void>>[] = [];
  waiting = false;

  constructor(member: GroupMember) {
    this.#member = member;
  }

  get state(): GroupState {
    return this.#member.state;
  }

  commit(offsets: readonly CommittedOffset[]): Promise<void> {
    if (!this.waiting) return this.#member.commit(offsets);
    const answer = Promise.withResolvers<void>();
    this.#answers.push(answer);
    return answer.promise;
  }

  lose(): void {
    const lost = new SluiceError('SLU3403', 'the broker did not answer', { transient: true });
    for (const { reject } of this.#answers) reject(lost);
  }

  fetchFrom(): void {}
  pause(): void {}
  resume(): void {}
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#member[Symbol.asyncDispose]();
  }
}

test('a commit that failed is not made again under the next generation, in which its partition is another member’s', async () => {
  const topic = await server.freshTopic({ partitions: 2 });
  for (const partition of [0, 1]) await stage.store(topic, numbers(10), partition);
  const committer = new Committer({ everyMs: 20, records: 500, clock: systemClock, log: silentLogger });
  const generations: { readonly assignment: Assignment; readonly partitions: readonly Partition[] }[] = [];
  let unanswered: Unanswered | undefined;
  const ours = (place: TopicPartition): Partition => {
    const partition = new Partition(place, 'none', { offset: 0, attempts: new Map(), end: 10 }, { bytes: 0 });
    partition.fetched(batchFrom(0, 10));
    return partition;
  };
  const finish = async (partition: Partition, count: number): Promise<void> => {
    for (let n = 0; n < count; n += 1) committer.done(partition, partition.take(0) ?? assert.fail());
  };
  const revoked = (): void => {
    const last = generations.at(-1);
    if (last === undefined || last.assignment.lost.aborted) return;
    committer.revoking(last.assignment);
    last.assignment.lose();
  };
  await using _member = await join(topic, {
    revoked,
    assigned(places, joined) {
      revoked();
      unanswered ??= new Unanswered(joined);
      const assignment = new Assignment(places, unanswered);
      const partitions = places.map(ours);
      for (const partition of partitions) assignment.add(partition);
      generations.push({ assignment, partitions });
      void committer.opened(assignment);
    },
  });
  unanswered!.waiting = true;
  for (const partition of generations[0]!.partitions) await finish(partition, 3);
  const other = await stage.trigger({ topic, order: 'none' });
  const held = await take(other, 10);
  await accept(other, ...held);
  const theirs = Number(held[0].event.id.split('/')[1]);
  await until(async () => (await stage.committed(topic, theirs)) === 10);
  unanswered!.waiting = false;
  unanswered!.lose();
  await turn();
  const [kept, ...more] = generations.at(-1)?.partitions ?? [];
  assert.ok(kept !== undefined && more.length === 0);
  await finish(kept, 5);
  await until(async () => (await stage.committed(topic, kept.partition)) === 5);
  assert.equal(await stage.committed(topic, theirs), 10);
  await committer.drain();
});
