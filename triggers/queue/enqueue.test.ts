import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError, settleOne } from '#trigger';
import { enqueue } from './enqueue.ts';
import { forever, item, keyed, QueueRig, takeNow, textsOf } from './testing/queue-rig.ts';

const MINUTE_MS = 60_000;

test('enqueue resolves after a durable commit: others see the item, and the commit was synced', async () => {
  await using rig = new QueueRig();
  await rig.put(item('kept'));
  await using other = new QueueRig(rig);
  assert.equal(other.count('queue_ready'), 1);
  assert.equal(
    rig.state.read((db) => db.prepare('PRAGMA synchronous').get()?.['synchronous']),
    2,
  );
});

test('a delayed item is not handed out before its time', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('later', { afterMs: MINUTE_MS }), item('now'));
  rig.clock.advance(MINUTE_MS - 1);
  assert.deepEqual(textsOf(await takeNow(trigger, 10)), ['now']);
  const taking = trigger.take(10, forever);
  rig.clock.advance(1);
  assert.deepEqual(textsOf(await taking), ['later']);
});

test('an item whose id was put there within the window is not stored again', async () => {
  await using rig = new QueueRig();
  assert.deepEqual(await rig.put(item('one', { id: 'a' }), item('two', { id: 'a' })), [
    { id: 'a', stored: true },
    { id: 'a', stored: false },
  ]);
  rig.clock.advance(2 * MINUTE_MS - 1);
  assert.deepEqual(await rig.put(item('three', { id: 'a' })), [{ id: 'a', stored: false }]);
  rig.clock.advance(1);
  assert.deepEqual(await rig.put(item('four', { id: 'a' })), [{ id: 'a', stored: true }]);
  await using trigger = await rig.openTrigger();
  assert.deepEqual(textsOf(await takeNow(trigger, 10)), ['one', 'four']);
});

test('an id stays known after its item was finished', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('one', { id: 'a' }));
  const [taken] = await takeNow(trigger, 1);
  await settleOne(trigger, taken!, { kind: 'accept' });
  assert.deepEqual(await rig.put(item('two', { id: 'a' })), [{ id: 'a', stored: false }]);
});

test('an id is known to its own queue only', async () => {
  await using rig = new QueueRig();
  await using publisher = await rig.openPublisher();
  await rig.put(item('in', { id: 'a' }));
  await publisher.publish([item('out', { id: 'a' })], forever);
  assert.equal((await rig.published()).length, 1);
});

test('a window of 0 looks at no ids, and remembers none', async () => {
  await using rig = new QueueRig();
  const receipts = await rig.putWith({ windowMs: 0 }, item('one', { id: 'a' }), item('two', { id: 'a' }));
  assert.deepEqual(
    receipts.map(({ stored }) => stored),
    [true, true],
  );
  assert.equal(rig.count('queue_seen'), 0);
});

test('ids are forgotten when their window is over: the table does not grow with time', async () => {
  await using rig = new QueueRig();
  const batch = (n: number) => Array.from({ length: 10 }, (_, m) => item('x', { id: `${n}/${m}` }));
  for (let n = 0; n < 20; n += 1) {
    await rig.put(...batch(n));
    rig.clock.advance(MINUTE_MS);
  }
  assert.ok(rig.count('queue_seen') <= 40, `${rig.count('queue_seen')} ids of 200 are remembered`);
});

test('items without an id are given one that sorts by time', async () => {
  await using rig = new QueueRig();
  const ids: string[] = [];
  for (let n = 0; n < 20; n += 1) ids.push(...(await rig.put(item('x'))).map(({ id }) => id));
  assert.equal(new Set(ids).size, 20);
  assert.deepEqual(
    ids.map((id) => id.slice(0, 13)),
    ids.map((id) => id.slice(0, 13)).toSorted(),
  );
});

test('items of a higher priority are handed out first, those of the same in order of arrival', async () => {
  await using rig = new QueueRig();
  await rig.put(
    item('a'),
    item('b', { priority: 9 }),
    item('c', { priority: 5 }),
    item('d', { priority: 9 }),
    item('e'),
  );
  await using trigger = await rig.openTrigger();
  assert.deepEqual(textsOf(await takeNow(trigger, 2)), ['b', 'd']);
  assert.deepEqual(textsOf(await takeNow(trigger, 10)), ['c', 'a', 'e']);
});

test('a priority has no effect on an item with a key: it overtakes neither its lane nor others', async () => {
  await using rig = new QueueRig();
  const [first, second] = keyed('a1', 'a2').map((each) => ({ ...each, priority: 9 }));
  await rig.put(item('before'), ...keyed('a0'), first!, second!, item('after'));
  await using trigger = await rig.openTrigger();
  assert.deepEqual(textsOf(await takeNow(trigger, 3)), ['before', 'a0', 'after']);
  await using other = await rig.openTrigger({ queue: 'other' });
  await enqueue(rig.state, 'other', [item('before'), second!], { clock: rig.clock });
  assert.deepEqual(textsOf(await takeNow(other, 2)), ['before', 'a2']);
});

test('a delay or a priority out of range is a TypeError, and nothing is stored', async () => {
  await using rig = new QueueRig();
  for (const wrong of [{ afterMs: -1 }, { afterMs: NaN }, { afterMs: Infinity }, { priority: 10 }, { priority: 0.5 }]) {
    assert.throws(() => rig.put(item('right'), item('wrong', wrong)), TypeError);
  }
  await using trigger = await rig.openTrigger();
  assert.deepEqual(await trigger.backlog(), { ready: 0, waiting: 0 });
});

test('a full disk refuses items with SLU4004 and harms none: what was there is handed out, and more fits when there is space', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('before'));
  rig.state.read((db) => db.exec('PRAGMA max_page_count = 60'));
  const big = item('x'.repeat(500_000));
  await assert.rejects(
    rig.put(item('with it'), big),
    (thrown) => thrown instanceof SluiceError && thrown.code === 'SLU4004',
  );
  assert.equal(rig.integrity, 'ok');
  assert.deepEqual(textsOf(await takeNow(trigger, 10)), ['before']);
  rig.state.read((db) => db.exec('PRAGMA max_page_count = 6000'));
  await rig.put(big);
  assert.equal((await takeNow(trigger, 10)).length, 1);
});
