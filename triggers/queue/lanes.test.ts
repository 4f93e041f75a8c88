import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Delivery, settleOne, type Trigger } from '#trigger';
import { forever, item, keyed, LEASE_MS, QueueRig, takeNow, textsOf } from './testing/queue-rig.ts';
import type { QueueTrigger } from './trigger.ts';

const accept = { kind: 'accept' } as const;

async function acceptAll(trigger: QueueTrigger, deliveries: readonly Delivery[]): Promise<string[]> {
  await Promise.all(deliveries.map((delivery) => settleOne(trigger, delivery, accept)));
  return textsOf(deliveries);
}

test('a lane is with one trigger at a time', async () => {
  await using rig = new QueueRig();
  await using one = await rig.openTrigger();
  await using other = await rig.openTrigger();
  await rig.put(...keyed('a1', 'a2', 'b1'));
  const [head] = await one.take(1, forever);
  assert.deepEqual(textsOf([head!]), ['a1']);
  assert.deepEqual(textsOf(await other.take(10, forever)), ['b1']);
  await settleOne(one, head!, accept);
  assert.deepEqual(textsOf(await other.take(10, forever)), ['a2']);
});

test('one lane does not take all permits: some of it is handed out ahead, and others are served first', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(...Array.from({ length: 100 }, (_, n) => keyed(`a${n}`)[0]!), ...keyed('b1', 'c1'));
  const taken = textsOf(await trigger.take(50, forever));
  assert.deepEqual(taken.slice(0, 3), ['a0', 'b1', 'c1']);
  assert.deepEqual(
    taken.slice(3),
    Array.from({ length: 15 }, (_, n) => `a${n + 1}`),
  );
});

test('a lane goes on to its end, in order, in portions', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  const names = Array.from({ length: 100 }, (_, n) => `a${n}`);
  await rig.put(...keyed(...names));
  const seen: string[] = [];
  while (seen.length < 100) seen.push(...(await acceptAll(trigger, await trigger.take(256, forever))));
  assert.deepEqual(seen, names);
  assert.deepEqual([rig.count('queue_lane'), rig.count('queue_parked')], [0, 0]);
});

test('items that are settled in one call leave their lanes together: each lane goes on, in order, and ends with its last', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(...keyed(...Array.from({ length: 40 }, (_, n) => `a${n}`), 'b0', 'b1'), item('no key'));
  const taken = await trigger.take(43, forever);
  const back = taken.find((delivery) => textsOf([delivery])[0] === 'a9');
  const settled = taken.map((delivery) => {
    const isBack = Number(textsOf([delivery])[0]?.slice(1)) >= 9 && delivery.lane === back?.lane;
    return { delivery, settlement: isBack ? ({ kind: 'release' } as const) : accept };
  });
  const source: Trigger = trigger;
  assert.deepEqual(await source.settle(settled, forever), []);
  assert.equal(rig.count('queue_lane'), 1);
  const rest: string[] = [];
  while (rest.length < 31) rest.push(...(await acceptAll(trigger, await trigger.take(256, forever))));
  assert.deepEqual(
    rest,
    Array.from({ length: 31 }, (_, n) => `a${n + 9}`),
  );
  assert.deepEqual([rig.count('queue_lane'), rig.count('queue_parked'), rig.count('queue_held')], [0, 0, 0]);
});

test('a poisoned key blocks only itself', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(...keyed('a1', 'a2', 'b1', 'b2'), item('no key'));
  for (const delivery of await trigger.take(10, forever)) {
    const [text = ''] = textsOf([delivery]);
    if (text === 'a1') await settleOne(trigger, delivery, { kind: 'retry', afterMs: LEASE_MS, reason: 'poison' });
    else if (text === 'a2') await settleOne(trigger, delivery, { kind: 'release' });
    else await settleOne(trigger, delivery, accept);
  }
  await rig.put(...keyed('a3', 'b3'));
  assert.deepEqual(await acceptAll(trigger, await takeNow(trigger, 10)), ['b3']);
  rig.clock.advance(LEASE_MS);
  assert.deepEqual(await acceptAll(trigger, await trigger.take(10, forever)), ['a1', 'a2', 'a3']);
});

test('a delayed item takes its place in its lane when its time has come', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  const [delayed, ...others] = keyed('a1', 'a2', 'a3');
  await rig.put({ ...delayed!, afterMs: 1000 }, ...others);
  const [head] = await trigger.take(1, forever);
  assert.deepEqual(textsOf([head!]), ['a2']);
  rig.clock.advance(1000);
  assert.deepEqual(await takeNow(trigger, 10), []);
  await settleOne(trigger, head!, accept);
  assert.deepEqual(await acceptAll(trigger, await trigger.take(10, forever)), ['a1', 'a3']);
});

test('a lane whose holder died is whole and in order for the next', async () => {
  await using rig = new QueueRig();
  await using dead = await rig.openTrigger();
  await rig.put(...keyed('a1', 'a2', 'a3', 'a4'));
  const [first] = await dead.take(3, forever);
  await settleOne(dead, first!, accept);
  rig.clock.advance(LEASE_MS);
  await using next = await rig.openTrigger();
  const taken = await next.take(10, forever);
  assert.deepEqual(textsOf(taken), ['a2', 'a3', 'a4']);
  assert.deepEqual(
    taken.map(({ attempt }) => attempt),
    [2, 2, 1],
  );
});

test('keys that differ in a byte are different lanes, an empty key is a lane too', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  const keys = [new Uint8Array([0xc3]), new Uint8Array([0xc4]), new Uint8Array([0xc3, 0]), new Uint8Array(0)];
  await rig.put(...keys.map((key) => item('x', { key })));
  const lanes = (await trigger.take(10, forever)).map(({ lane }) => lane);
  assert.equal(new Set(lanes).size, 4);
  assert.ok(!lanes.includes(undefined));
});

test('order = "none" hands out items of one key side by side, without a lane', async () => {
  await using rig = new QueueRig();
  await using one = await rig.openTrigger({ order: 'none' });
  await using other = await rig.openTrigger({ order: 'none' });
  assert.equal(one.supports.ordered, false);
  await rig.put(...keyed('a1', 'a2'));
  const [first] = await one.take(1, forever);
  const [second] = await other.take(1, forever);
  assert.deepEqual(textsOf([first!, second!]), ['a1', 'a2']);
  assert.equal(first!.lane, undefined);
});

test('a queue whose order changes is rearranged, whatever its items are doing', async () => {
  await using rig = new QueueRig();
  await using lanes = await rig.openTrigger({ order: 'key' });
  await rig.put(...keyed('a1', 'a2', 'a3', 'b1'), ...keyed('c1').map((each) => ({ ...each, afterMs: 1000 })));
  const [held, retried] = await lanes.take(2, forever);
  await settleOne(lanes, retried!, { kind: 'retry', afterMs: 1000, reason: 'not yet' });

  await using free = await rig.openTrigger({ order: 'none' });
  assert.deepEqual(await acceptAll(free, await free.take(1, forever)), ['a2']);
  await settleOne(lanes, held!, accept);

  await using again = await rig.openTrigger({ order: 'key' });
  await rig.put(...keyed('b2', 'c2'));
  const taken = await again.take(10, forever);
  assert.deepEqual(textsOf(taken), ['a3', 'c2']);
  rig.clock.advance(1000);
  assert.deepEqual(await takeNow(again, 10).then(textsOf), ['b1', 'b2']);
  await acceptAll(again, taken);
  assert.deepEqual(await acceptAll(again, await again.take(10, forever)), ['c1']);
});
