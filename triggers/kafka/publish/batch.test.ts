import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type BatchLimits, fillBatch, UNLIMITED } from './batch.ts';
import type { Outgoing } from './outgoing.ts';
import { partitionOfKey, StickyPartitions } from './partitioner.ts';

function records(count: number, bytes: number, key: string | null = null): Outgoing[] {
  const about = { topic: 't', key: key === null ? null : Buffer.from(key), value: null, headers: [] };
  return Array.from({ length: count }, () => ({ ...about, bytes }));
}

function fill(waiting: readonly Outgoing[], limits: Partial<BatchLimits>, partitions = 1): readonly number[] {
  const batch = fillBatch(waiting, partitions, new StickyPartitions(), { ...UNLIMITED, ...limits });
  return batch.records.map(({ partition }) => partition);
}

test('fillBatch takes as much as fits: of one partition, of all, and in number', () => {
  assert.equal(fill(records(10, 100), { partitionBytes: 350 }).length, 3);
  assert.equal(fill(records(10, 100), { bytes: 500 }).length, 5);
  assert.equal(fill(records(10, 100), { records: 7 }).length, 7);
  assert.equal(fill(records(10, 100), {}).length, 10);
  assert.equal(fill([], {}).length, 0);
});

test('fillBatch takes one that is too large for any batch, alone', () => {
  assert.equal(fill([...records(1, 1000), ...records(3, 1)], { partitionBytes: 100, bytes: 100 }).length, 1);
  assert.equal(fill([...records(3, 1), ...records(1, 1000)], { partitionBytes: 100 }).length, 3);
});

test('fillBatch lets nothing overtake what does not fit', () => {
  const waiting = [...records(3, 100, 'a'), ...records(3, 1, 'b')];
  assert.equal(fill(waiting, { partitionBytes: 250 }, 50).length, 2);
});

test('fillBatch gives keys their partition, and fills one after another with what has none', () => {
  assert.deepEqual(new Set(fill(records(5, 100, 'a'), {}, 50)), new Set([partitionOfKey(Buffer.from('a'), 50)]));
  assert.equal(new Set(fill(records(6, 100), {}, 3)).size, 1);
  assert.equal(new Set(fill(records(6, 100), { partitionBytes: 200 }, 3)).size, 3);
  const sticky = new StickyPartitions();
  const [one] = fillBatch(records(2, 1), 3, sticky, UNLIMITED).records;
  const [other] = fillBatch(records(2, 1), 3, sticky, UNLIMITED).records;
  assert.notEqual(one?.partition, other?.partition);
});

test('fillBatch tells what the fullest partition holds', () => {
  const waiting = [...records(3, 100, 'a'), ...records(1, 500, 'b')];
  assert.notEqual(partitionOfKey(Buffer.from('a'), 50), partitionOfKey(Buffer.from('b'), 50));
  const { fullest } = fillBatch(waiting, 50, new StickyPartitions(), UNLIMITED);
  assert.deepEqual(fullest, { bytes: 500, records: 1 });
});
