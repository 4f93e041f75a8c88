import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Partitioners } from 'kafkajs';
import { murmur2, partitionOfKey, StickyPartitions } from './partitioner.ts';

test('murmur2 has the values that Java has', () => {
  // org.apache.kafka.common.utils.UtilsTest, testMurmur2
  const cases: Readonly<Record<string, number>> = {
    '21': -973932308,
    foobar: -790332482,
    'a-little-bit-long-string': -985981536,
    'a-little-bit-longer-string': -1486304829,
    lkjh234lh9fiuh90y23oiuhsafujhadof229phr9h19h89h8: -58897971,
    abc: 479470107,
  };
  for (const [key, hash] of Object.entries(cases)) assert.equal(murmur2(Buffer.from(key)), hash, key);
});

test('partitionOfKey is the partition that the default partitioner of the library chooses, for any bytes', () => {
  const partitioner = Partitioners.DefaultPartitioner();
  for (const partitions of [1, 3, 7, 1000]) {
    const partitionMetadata = Array.from({ length: partitions }, (_, partitionId) => ({
      partitionId,
      partitionErrorCode: 0,
      leader: 0,
      replicas: [],
      isr: [],
    }));
    for (const key of keys()) {
      const expected = partitioner({ topic: 't', partitionMetadata, message: { key, value: null } });
      assert.equal(partitionOfKey(key, partitions), expected, key.toString('hex'));
    }
  }
});

/** Of every length up to 40, also where the bytes are a view into others. */
function* keys(): Generator<Buffer> {
  const bytes = Buffer.from(Array.from({ length: 64 }, (_, n) => (n * 151 + 7) % 256));
  for (let length = 0; length <= 40; length += 1) yield bytes.subarray(length % 24, (length % 24) + length);
}

test('StickyPartitions stays until it is told to turn, and then visits every partition', () => {
  const sticky = new StickyPartitions();
  const visited = Array.from({ length: 4 }, () => {
    const partition = sticky.of('t', 4);
    assert.equal(sticky.of('t', 4), partition);
    sticky.turn('t');
    return partition;
  });
  assert.deepEqual(new Set(visited), new Set([0, 1, 2, 3]));
});

test('StickyPartitions keeps to the partitions that there are', () => {
  const sticky = new StickyPartitions();
  sticky.of('t', 8);
  for (let n = 0; n < 9; n += 1) {
    assert.ok(sticky.of('t', 3) < 3);
    sticky.turn('t');
  }
});
