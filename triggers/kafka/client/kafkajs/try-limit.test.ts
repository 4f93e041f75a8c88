import assert from 'node:assert/strict';
import { test } from 'node:test';
import { TryLimit } from './try-limit.ts';

const asked = { topic: 't', partitionMetadata: [], message: { value: null, partition: 3 } };

test('TryLimit gives a record the partition that it has, until time is up or the producer is closed', () => {
  let now = 0;
  const limit = new TryLimit(() => now);
  limit.begin();
  now = 10_000;
  assert.equal(limit.partitionOf(asked), 3);
  now = 10_001;
  assert.throws(() => limit.partitionOf(asked), { retriable: false, type: 'REQUEST_TIMED_OUT' });
  limit.begin();
  assert.equal(limit.partitionOf(asked), 3);
  limit.close();
  assert.throws(() => limit.partitionOf(asked), { retriable: false, message: 'the producer was closed' });
});
