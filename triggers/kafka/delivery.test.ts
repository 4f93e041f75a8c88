import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '#trigger';
import { type Desk, KafkaDelivery } from './delivery.ts';
import { Partition } from './partition.ts';
import { recordEvent } from './record-event.ts';
import { pendingAt } from './testing/batches.ts';

const place = { topic: 'orders', partition: 3 };
const partition = new Partition(place, 'none', { offset: 0, attempts: new Map(), end: 0 }, { bytes: 0 });

function delivery(desk: Partial<Desk> = {}) {
  const told: string[] = [];
  const lost = new AbortController();
  const pending = { ...pendingAt(17, 'lane'), attempts: 2 };
  const whole: Desk = {
    done: (_, __, { kind }) => Promise.resolve(void told.push(kind)),
    retry: (_, __, afterMs) => void told.push(`retry after ${afterMs}`),
    release: () => void told.push('release'),
    ...desk,
  };
  const event = recordEvent(pending.record, place);
  return { told, lost, one: new KafkaDelivery(event, partition, pending, whole, lost.signal) };
}

test('KafkaDelivery counts attempts from 1, has the lane of its record, and is settled once', async () => {
  const { one, told } = delivery();
  assert.deepEqual([one.attempt, one.lane], [3, 'lane']);
  await one.settle({ kind: 'retry', afterMs: 5, reason: 'failed' });
  await assert.rejects(one.settle({ kind: 'accept' }), TypeError);
  assert.deepEqual(told, ['retry after 5']);
});

for (const settlement of [
  { kind: 'accept' },
  { kind: 'drop', reason: 'given up' },
  { kind: 'retry', afterMs: 0, reason: 'failed' },
] as const) {
  test(`KafkaDelivery refuses ${settlement.kind} once its partition is another's, and changes nothing`, async () => {
    const { one, told, lost } = delivery();
    lost.abort();
    await assert.rejects(one.settle(settlement), { code: 'SLU3003', message: /partition 3 of topic 'orders'/ });
    assert.deepEqual(told, []);
  });
}

test("KafkaDelivery takes a release once its partition is another's, and has nothing to do", async () => {
  const { one, told, lost } = delivery();
  lost.abort();
  await one.settle({ kind: 'release' });
  assert.deepEqual(told, []);
});

test('KafkaDelivery can be settled again when settling failed and changed nothing', async () => {
  const failures = [new SluiceError('SLU3403', 'away', { transient: true })];
  const { one } = delivery({
    done: () => {
      const failure = failures.pop();
      return failure === undefined ? Promise.resolve() : Promise.reject(failure);
    },
  });
  await assert.rejects(one.settle({ kind: 'accept' }), { code: 'SLU3403' });
  await one.settle({ kind: 'accept' });
  await assert.rejects(one.settle({ kind: 'accept' }), TypeError);
});
