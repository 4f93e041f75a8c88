import assert from 'node:assert/strict';
import { test } from 'node:test';
import { KeyLanes } from './key-lanes.ts';

test('KeyLanes gives equal keys of a partition one lane, and all others another, however many there were before', () => {
  const partitions = ['orders/0', 'orders/1'].map((name) => new KeyLanes(name));
  const keys = [
    ...Array.from({ length: 9000 }, (_, n) => Buffer.from(`key-${n}`)),
    Buffer.from([]),
    Buffer.from([0xff]),
    Buffer.from('ÿ'),
    Buffer.alloc(64, 'x'),
    Buffer.alloc(65, 'x'),
  ];
  const lanes = partitions.map((partition) => keys.map((key) => partition.of(key)));
  assert.equal(new Set(lanes.flat()).size, partitions.length * keys.length);
  for (const [n, partition] of partitions.entries()) {
    assert.deepEqual(
      keys.map((key) => partition.of(Uint8Array.from(key))),
      lanes[n],
    );
  }
});
