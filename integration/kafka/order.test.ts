import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Delivery, settleOne } from '#trigger';
import { KafkaServer } from '../brokers/kafka.ts';
import { accept, comesWithin, take, textOf } from '../deliveries.ts';
import { forFile } from '../for-file.ts';
import { until } from '../until.ts';
import { numbers, Stage } from './stage.ts';

const server = await forFile(KafkaServer.borrow());
const stage = await forFile(Stage.set(server));

const poisoned = [
  { order: 'key', blocks: 'only its key', goesOn: ['b 1', 'without', 'b 2'], waits: ['poison', 'a 1', 'a 2'] },
  { order: 'partition', blocks: 'its partition', goesOn: [], waits: ['poison', 'b 1', 'a 1', 'without', 'b 2', 'a 2'] },
  { order: 'none', blocks: 'nothing', goesOn: ['b 1', 'a 1', 'without', 'b 2', 'a 2'], waits: ['poison'] },
] as const;

// Each waits for its retry.
describe('a poisoned record', { concurrency: 3 }, () => {
  for (const { order, blocks, goesOn, waits } of poisoned) {
    test(`with order = "${order}" a poisoned record blocks ${blocks}, until it is given up on`, async () => {
      const topic = await server.freshTopic({ partitions: 2 });
      await stage.store(topic, ['a=poison', 'b=b 1', 'a=a 1', 'without', 'b=b 2', 'a=a 2']);
      const trigger = await stage.trigger({ topic, order });
      const [poison, ...behind] = await take(trigger, 6);
      // As the dispatcher does with what it holds behind a record of the same lane.
      const released = behind.filter(({ lane }) => lane !== undefined && lane === poison.lane);
      await settleOne(trigger, poison, { kind: 'retry', afterMs: 3000, reason: 'failed' });
      await Promise.all(released.map((delivery) => settleOne(trigger, delivery, { kind: 'release' })));
      const others = behind.filter((delivery) => !released.includes(delivery));
      assert.deepEqual(others.map(textOf), goesOn);
      await accept(trigger, ...others);
      await stage.store(topic, ['a=elsewhere'], 1);
      const elsewhere = await take(trigger, 1);
      assert.deepEqual(elsewhere.map(textOf), ['elsewhere'], 'another partition goes on in any case');
      await accept(trigger, ...elsewhere);
      assert.deepEqual(await comesWithin(trigger, 300), []);
      const again = await take(trigger, waits.length);
      assert.deepEqual(again.map(textOf), waits);
      assert.deepEqual(again[0].attempt, 2);
      await settleOne(trigger, again[0], { kind: 'drop', reason: 'given up' });
      await accept(trigger, ...again.slice(1));
      await until(async () => (await stage.committed(topic)) === 6);
    });
  }
});

test('a slow key takes few of the permits: records behind it go on', async () => {
  const topic = await server.freshTopic();
  await stage.store(topic, [...numbers(500).map((n) => `slow=${n}`), ...numbers(100).map((n) => `key${n}=quick`)]);
  const trigger = await stage.trigger({ topic });
  const slow: Delivery[] = [];
  for (let quick = 0; quick < 100;) {
    const deliveries = await trigger.take(64 - slow.length, AbortSignal.timeout(20_000));
    assert.ok(deliveries.length > 0, `only ${quick} records came beside ${slow.length} of the slow key`);
    const others = deliveries.filter((delivery) => textOf(delivery) === 'quick');
    slow.push(...deliveries.filter((delivery) => !others.includes(delivery)));
    quick += others.length;
    await accept(trigger, ...others);
  }
  await accept(trigger, ...slow);
  const rest: string[] = [];
  while (slow.length + rest.length < 500) {
    const deliveries = await take(trigger, 1);
    rest.push(...deliveries.map(textOf));
    await accept(trigger, ...deliveries);
  }
  assert.deepEqual([...slow.map(textOf), ...rest], numbers(500));
});
