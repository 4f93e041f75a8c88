import assert from 'node:assert/strict';
import { test } from 'node:test';
import { setImmediate as turn } from 'node:timers/promises';
import { silentLogger, SluiceError } from '#trigger';
import { ManualClock } from '../../../src/trigger/conformance/index.ts';
import type { CommittedOffset, GroupMember } from '../client/kafka-client.ts';
import { Assignment } from '../group/assignment.ts';
import { Partition } from '../records/partition.ts';
import type { PendingRecord } from '../records/pending-record.ts';
import { batchFrom } from '../testing/batches.ts';
import { Committer } from './committer.ts';

const EVERY_MS = 1000;
const RECORDS = 5;

/** A member of a group that notes what it is to commit, and answers as it is told to. */
class NotingMember implements GroupMember {
  readonly commits: string[] = [];
  readonly state = { memberId: 'm', generation: 1, leader: true, heartbeatAgeMs: 0 };
  answer: () => Promise<void> = () => Promise.resolve();

  commit(offsets: readonly CommittedOffset[]): Promise<void> {
    this.commits.push(
      offsets.map(({ partition, offset, metadata }) => `${partition}:${offset} ${metadata}`.trim()).join(),
    );
    return this.answer();
  }

  fetchFrom(): void {}
  pause(): void {}
  resume(): void {}
  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

interface Scene {
  readonly clock: ManualClock;
  readonly member: NotingMember;
  readonly committer: Committer;
  readonly assignment: Assignment;
  readonly partition: Partition;
  readonly out: readonly PendingRecord[];
  /** Lets the rhythm of commits pass. */
  readonly pass: () => Promise<void>;
}

/** A partition of which ten records are out. */
async function scene(): Promise<Scene> {
  const clock = new ManualClock();
  const member = new NotingMember();
  const committer = new Committer({ everyMs: EVERY_MS, records: RECORDS, clock, log: silentLogger });
  const place = { topic: 'orders', partition: 0 };
  const assignment = new Assignment([place], member);
  const partition = new Partition(place, 'none', { offset: 0, attempts: new Map(), end: 0 }, { bytes: 0 });
  assignment.add(partition);
  partition.fetched(batchFrom(0, 10));
  const out = Array.from({ length: 10 }, () => partition.take(0) ?? assert.fail());
  await committer.opened(assignment);
  const pass = async (): Promise<void> => {
    clock.advance(EVERY_MS);
    await turn();
  };
  return { clock, member, committer, assignment, partition, out, pass };
}

test('Committer commits the lowest unfinished offset at its rhythm, and only when something has changed', async () => {
  const { member, committer, partition, out, pass } = await scene();
  committer.done(partition, out[1]!);
  await pass();
  committer.done(partition, out[0]!);
  assert.deepEqual(member.commits, ['0:0']);
  await pass();
  await pass();
  assert.deepEqual(member.commits, ['0:0', '0:2']);
});

test('Committer does not wait for its rhythm when many records are finished', async () => {
  const { member, committer, partition, out } = await scene();
  for (const pending of out.slice(0, RECORDS)) committer.done(partition, pending);
  await turn();
  assert.deepEqual(member.commits, ['0:5']);
});

test('Committer notes the attempts of what is unfinished with the offset', async () => {
  const { member, committer, partition, out, pass } = await scene();
  partition.retry(out[2]!, 99);
  committer.touched(partition);
  await pass();
  assert.deepEqual(member.commits, ['0:0 v1 2:1']);
});

test('Committer commits within the call that ends a generation, and nothing of it afterwards', async () => {
  const { member, committer, assignment, partition, out, pass } = await scene();
  committer.done(partition, out[0]!);
  committer.revoking(assignment);
  assert.deepEqual(member.commits, ['0:1']);
  committer.done(partition, out[1]!);
  await pass();
  assert.deepEqual(member.commits, ['0:1']);
});

test('Committer repeats a commit that failed with the next, unless the generation is over', async () => {
  for (const [code, after] of [
    ['SLU3403', ['0:1', '0:1']],
    ['SLU3003', ['0:1']],
  ] as const) {
    const { member, committer, partition, out, pass } = await scene();
    member.answer = () => Promise.reject(new SluiceError(code, 'not committed', { transient: true }));
    committer.done(partition, out[0]!);
    await pass();
    member.answer = () => Promise.resolve();
    await pass();
    await pass();
    assert.deepEqual(member.commits, after);
  }
});

test('Committer commits at the end, and does not wait endlessly for a broker that is away', async () => {
  const { clock, member, committer, partition, out } = await scene();
  committer.done(partition, out[0]!);
  member.answer = () => new Promise(() => {});
  const draining = committer.drain();
  await turn();
  assert.deepEqual(member.commits, ['0:1']);
  clock.advance(60_000);
  await draining;
});
