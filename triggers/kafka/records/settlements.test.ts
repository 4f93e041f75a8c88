import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settleOne, SluiceError, systemClock, type Trigger } from '#trigger';
import { KafkaDelivery } from './delivery.ts';
import type { Ledger } from '../commit/ledger.ts';
import { Partition } from './partition.ts';
import { recordEvent } from './record-event.ts';
import { Settlements } from './settlements.ts';
import { pendingAt } from '../testing/batches.ts';

const place = { topic: 'orders', partition: 3 };
const never = new AbortController().signal;

interface Setup {
  /** What the ledger was told, and where room was looked for. */
  readonly told: string[];
  readonly lost: AbortController;
  readonly trigger: Pick<Trigger, 'settle'>;
  readonly deliveries: readonly [KafkaDelivery, KafkaDelivery, KafkaDelivery];
}

function setUp(done?: Ledger['done']): Setup {
  const told: string[] = [];
  const lost = new AbortController();
  const partition = new Partition(place, 'none', { offset: 0, attempts: new Map(), end: 0 }, { bytes: 0 });
  const settlements = new Settlements({
    ledger: {
      done: done ?? ((_, { offset }, { kind }) => void told.push(`${kind} ${offset}`)),
      touched: () => void told.push('touched'),
    },
    clock: systemClock,
    left: () => void told.push('left'),
  });
  const delivery = (offset: number): KafkaDelivery => {
    const pending = { ...pendingAt(offset, 'lane'), attempts: 2 };
    return new KafkaDelivery(recordEvent(pending.record, place), partition, pending, lost.signal);
  };
  // It is only ever given Kafka's deliveries.
  const settle = settlements.settle.bind(settlements) as Trigger['settle'];
  return { told, lost, trigger: { settle }, deliveries: [delivery(17), delivery(18), delivery(19)] };
}

test('KafkaDelivery counts attempts from 1, and has the lane of its record', () => {
  const [delivery] = setUp().deliveries;
  assert.deepEqual([delivery.attempt, delivery.lane], [3, 'lane']);
});

test('Settlements of Kafka notes the records of a call at once, and looks once for what has room then', () => {
  const { told, trigger, deliveries } = setUp();
  const settlements = deliveries.map((delivery) => ({ delivery, settlement: { kind: 'accept' } as const }));
  assert.equal(trigger.settle(settlements, never), undefined);
  assert.deepEqual(told, ['accept 17', 'accept 18', 'accept 19', 'left']);
});

test('Settlements of Kafka settles a record once', async () => {
  const { told, trigger, deliveries } = setUp();
  await settleOne(trigger, deliveries[0], { kind: 'retry', afterMs: 5, reason: 'failed' });
  await assert.rejects(settleOne(trigger, deliveries[0], { kind: 'accept' }), TypeError);
  assert.deepEqual(told, ['touched', 'left']);
});

for (const settlement of [
  { kind: 'accept' },
  { kind: 'drop', reason: 'given up' },
  { kind: 'retry', afterMs: 0, reason: 'failed' },
] as const) {
  test(`Settlements of Kafka refuses ${settlement.kind} once its partition is another's, and changes nothing`, async () => {
    const { told, lost, trigger, deliveries } = setUp();
    lost.abort();
    const settling = settleOne(trigger, deliveries[0], settlement);
    await assert.rejects(settling, { code: 'SLU3003', message: /partition 3 of topic 'orders'/ });
    assert.deepEqual(told, []);
  });
}

test("Settlements of Kafka takes a release once its partition is another's, and has nothing to do", async () => {
  const { told, lost, trigger, deliveries } = setUp();
  lost.abort();
  await settleOne(trigger, deliveries[0], { kind: 'release' });
  assert.deepEqual(told, []);
});

test('Settlements of Kafka: a record whose transaction failed fails alone, and can be settled again', async () => {
  const failing = new Set([18]);
  const away = new SluiceError('SLU3403', 'away', { transient: true });
  const { trigger, deliveries } = setUp((_, { offset }) =>
    failing.delete(offset) ? Promise.reject(away) : Promise.resolve(),
  );
  const settlements = deliveries.map((delivery) => ({ delivery, settlement: { kind: 'accept' } as const }));
  assert.deepEqual(await trigger.settle(settlements, never), [{ delivery: deliveries[1], error: away }]);
  await settleOne(trigger, deliveries[1], { kind: 'accept' });
  await assert.rejects(settleOne(trigger, deliveries[1], { kind: 'accept' }), TypeError);
});
