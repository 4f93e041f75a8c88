import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { CommittedOffset, KafkaClient } from '../client/kafka-client.ts';
import { findStarts } from './starts.ts';
import type { Start } from '../options/trigger-options.ts';

/** A log from 10 to 20, with a record at 15 that is the first of its time. */
function starts(
  from: Start,
  committed?: Pick<CommittedOffset, 'offset'> & Partial<CommittedOffset>,
  place = { topic: 'orders', partition: 0 },
) {
  const client = {
    committed: () => Promise.resolve(committed === undefined ? [] : [{ ...place, metadata: '', ...committed }]),
    bounds: () => Promise.resolve([{ partition: 0, begin: 10, end: 20 }]),
    offsetsAt: () => Promise.resolve(new Map([[0, 15]])),
  } as Partial<KafkaClient> as KafkaClient; // all that is asked here
  return findStarts([place], { client, group: 'g', from });
}

for (const [from, offset] of [
  [{ kind: 'earliest' }, 10],
  [{ kind: 'latest' }, 20],
  [{ kind: 'time', timeMs: 1 }, 15],
] as const) {
  test(`a group that has committed nothing begins at ${offset} of 10 to 20 with from = ${from.kind}`, async () => {
    const [found] = await starts(from);
    assert.deepEqual([found?.start.offset, found?.start.end, found?.committed, found?.expired], [offset, 20, false, 0]);
  });

  test(`a group goes on where it left, also with from = ${from.kind}, and with the attempts that it noted`, async () => {
    const [found] = await starts(from, { offset: 12, metadata: 'v1 0:2 3:1' });
    assert.deepEqual([found?.start.offset, found?.committed, found?.expired], [12, true, 0]);
    assert.deepEqual(
      [...(found?.start.attempts ?? [])],
      [
        [12, 2],
        [15, 1],
      ],
    );
  });
}

test('a group whose place is not in the log any more begins at its beginning, and what it missed is counted', async () => {
  const [found] = await starts({ kind: 'latest' }, { offset: 7 });
  assert.deepEqual([found?.start.offset, found?.committed, found?.expired], [10, false, 3]);
});

test('a group whose place is beyond the end begins at the beginning: the topic was made anew', async () => {
  const [found] = await starts({ kind: 'latest' }, { offset: 21, metadata: 'v1 0:2' });
  assert.deepEqual([found?.start.offset, found?.committed, found?.start.attempts.size], [10, false, 0]);
});

test('a partition whose ends are not known yet is begun nowhere', async () => {
  const unknown = { topic: 'orders', partition: 1 };
  const refused = { code: 'SLU3409', transient: true };
  await assert.rejects(starts({ kind: 'earliest' }, undefined, unknown), refused);
  await assert.rejects(starts({ kind: 'earliest' }, { offset: 12 }, unknown), refused);
});
