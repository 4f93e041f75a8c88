import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '#trigger';
import { batchFrom } from '../testing/batches.ts';
import { Intake } from './intake.ts';
import type { Partition } from './partition.ts';
import type { PendingRecord } from './pending-record.ts';

const MIB = 2 ** 20;

function add(intake: Intake, partition: number): Partition {
  return intake.add({ topic: 'orders', partition }, 'none', { offset: 0, attempts: new Map(), end: 0 });
}

/** Takes and finishes so many, and says which partitions have room then. */
function finish(intake: Intake, count: number): readonly Partition[] {
  return intake.take(count, 0, pair).flatMap(([partition, pending]) => leave(intake, partition, pending));
}

const pair = (partition: Partition, pending: PendingRecord) => [partition, pending] as const;

function leave(intake: Intake, partition: Partition, pending: PendingRecord): readonly Partition[] {
  partition.finish(pending);
  return intake.left(partition);
}

test('Intake takes of all partitions in turn, a few of each', () => {
  const intake = new Intake(1000);
  const partitions = [0, 1, 2].map((n) => add(intake, n));
  for (const partition of partitions) {
    partition.fetched(batchFrom(0, 100));
    intake.came(partition);
  }
  const taken = intake.take(96, 0, ({ partition }) => partition);
  assert.deepEqual(
    [0, 1, 2].map((n) => taken.filter((one) => one === n).length),
    [32, 32, 32],
  );
  assert.equal(intake.take(1000, 0, pair).length, 204);
  assert.deepEqual(intake.take(1000, 0, pair), []);
});

test('Intake gives an ordered partition its share of the permits at once, at least 16 and at most 256', () => {
  const shares = [10, 600, 2048].map((permits) => {
    const intake = new Intake(1000);
    for (const partition of [0, 1, 2, 3]) {
      const ordered = intake.add({ topic: 'orders', partition }, 'partition', {
        offset: 0,
        attempts: new Map(),
        end: 0,
      });
      ordered.fetched(batchFrom(0, 500));
      intake.came(ordered);
    }
    intake.take(permits, 0, pair);
    while (intake.take(permits, 0, pair).length > 0); // until each has all that it may have
    return intake.unfinished - intake.backlog.ready;
  });
  assert.deepEqual(shares, [4 * 16, 4 * 150, 4 * 256]);
});

test('Intake pauses a partition whose window is full, once, and resumes it when half of it is free', () => {
  const intake = new Intake(10);
  const partition = add(intake, 0);
  partition.fetched(batchFrom(0, 9));
  assert.deepEqual(intake.came(partition), []);
  partition.fetched(batchFrom(9, 3));
  assert.deepEqual(intake.came(partition), [partition]);
  partition.fetched(batchFrom(12, 1)); // was under way
  assert.deepEqual(intake.came(partition), []);
  assert.deepEqual(finish(intake, 7), []);
  assert.deepEqual(finish(intake, 1), [partition]);
  assert.deepEqual(finish(intake, 1), []);
});

test('Intake pauses a partition that runs far ahead of its lowest unfinished record', () => {
  const intake = new Intake(10);
  const partition = add(intake, 0);
  partition.fetched(batchFrom(0, 1));
  intake.came(partition);
  const [[, lowest] = assert.fail()] = intake.take(1, 0, pair);
  for (let offset = 1; offset < 499; offset += 1) {
    partition.fetched(batchFrom(offset, 1));
    assert.deepEqual(intake.came(partition), []);
    finish(intake, 1);
  }
  partition.fetched(batchFrom(499, 1));
  assert.deepEqual(intake.came(partition), [partition]);
  assert.deepEqual(finish(intake, 1), []);
  assert.deepEqual(leave(intake, partition, lowest), [partition]);
});

test('Intake pauses what brings more while all together weigh 64 MiB, and resumes all at half of it', () => {
  const intake = new Intake(1000);
  const [one, other] = [add(intake, 0), add(intake, 1)];
  one.fetched(batchFrom(0, 40, MIB));
  assert.deepEqual(intake.came(one), []);
  other.fetched(batchFrom(0, 30, MIB));
  assert.deepEqual(intake.came(other), [other]);
  one.fetched(batchFrom(40, 1, MIB));
  assert.deepEqual(intake.came(one), [one]);
  assert.deepEqual(finish(intake, 39), []);
  assert.deepEqual(new Set(finish(intake, 1)), new Set([one, other]));
});

test('Intake does not resume a partition that can no longer be read', () => {
  const intake = new Intake(10);
  const partition = add(intake, 0);
  partition.fetched(batchFrom(0, 2));
  partition.stuck = new SluiceError('SLU3402', 'broken');
  assert.deepEqual(intake.came(partition), [partition]);
  assert.deepEqual(finish(intake, 2), []);
});

test('Intake forgets everything when the generation ends', () => {
  const intake = new Intake(10);
  const partition = add(intake, 0);
  partition.fetched(batchFrom(0, 20));
  intake.came(partition);
  intake.clear();
  assert.deepEqual([intake.take(10, 0, pair), intake.left(partition), intake.nextDue], [[], [], Infinity]);
  assert.deepEqual(intake.backlog, { ready: 0, waiting: 0, oldestTimestamp: undefined });
});
