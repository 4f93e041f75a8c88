import assert from 'node:assert/strict';
import { spawnSync } from 'node:child_process';
import { test } from 'node:test';
import { type Delivery, processMark, SluiceError, settleOne } from '#trigger';
import { forever, item, LEASE_MS, QueueRig, takeInTime, takeNow, textsOf } from './testing/queue-rig.ts';
import type { QueueTrigger } from './trigger.ts';

const accept = { kind: 'accept' } as const;

function refused(thrown: unknown): boolean {
  return thrown instanceof SluiceError && thrown.code === 'SLU3003';
}

async function takeOne(trigger: QueueTrigger): Promise<Delivery> {
  const [delivery] = await trigger.take(1, forever);
  return delivery!; // take resolves with none only when it was stopped
}

test('an expired lease is reclaimed, and a completion that comes too late is refused by its token', async () => {
  await using rig = new QueueRig();
  await using slow = await rig.openTrigger();
  await using other = await rig.openTrigger();
  await rig.put(item('x'));
  const late = await takeOne(slow);
  rig.clock.advance(LEASE_MS - 1);
  assert.deepEqual(await takeNow(other, 1), []);
  rig.clock.advance(1001);
  const current = await takeOne(other);
  assert.deepEqual([current.event.id, current.attempt], [late.event.id, 2]);
  await assert.rejects(settleOne(slow, late, accept), refused);
  await settleOne(other, current, accept);
});

for (const settlement of [
  accept,
  { kind: 'drop', reason: 'tired' },
  { kind: 'retry', afterMs: 0, reason: 'again' },
  { kind: 'release' },
] as const) {
  test(`${settlement.kind} by a holder whose lease has passed on is refused, and the new holder's item is untouched`, async () => {
    await using rig = new QueueRig();
    await using trigger = await rig.openTrigger();
    await rig.put(item('x'));
    const late = await takeOne(trigger);
    rig.clock.advance(LEASE_MS);
    const current = await takeOne(trigger);
    await assert.rejects(settleOne(trigger, late, settlement), refused);
    late.extend?.();
    await settleOne(trigger, current, accept);
    assert.equal(rig.count('queue_body'), 0);
  });
}

test('a lease that is over but was not given on can still be settled', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('x'));
  const delivery = await takeOne(trigger);
  rig.clock.advance(LEASE_MS);
  await settleOne(trigger, delivery, accept);
  assert.equal(rig.count('queue_body'), 0);
});

test('a trigger that waits is given an item when the lease of its holder runs out', async () => {
  await using rig = new QueueRig();
  await using slow = await rig.openTrigger();
  await using other = await rig.openTrigger();
  await rig.put(item('x'));
  await takeOne(slow);
  assert.equal((await takeInTime(rig, other)).attempt, 2);
});

test('leases of a process that is gone are reclaimed without waiting, at open and while idle', async () => {
  await using rig = new QueueRig();
  await using idle = await rig.openTrigger();
  await using dead = await rig.openTrigger();
  await rig.put(item('x'));
  await takeOne(dead);
  const { pid } = spawnSync('true');
  const mark = processMark.replace(`/${process.pid}/`, `/${pid}/`);
  await rig.state.write((db) => db.prepare('UPDATE queue_owner SET mark = ? WHERE number = 2').run(mark));
  await using opened = await rig.openTrigger();
  const again = await takeOne(opened);
  assert.equal(again.attempt, 2);
  await rig.state.write((db) => db.prepare('UPDATE queue_owner SET mark = ? WHERE number = 3').run(mark));
  const before = rig.clock.now();
  assert.equal((await takeInTime(rig, idle)).attempt, 3);
  assert.ok(rig.clock.now() - before < LEASE_MS);
});

test('triggers on two connections to one file are handed each item once', async () => {
  await using rig = new QueueRig();
  await using other = new QueueRig(rig);
  await using one = await rig.openTrigger();
  await using two = await other.openTrigger();
  await rig.put(...Array.from({ length: 300 }, (_, n) => item(String(n))));
  const seen: string[] = [];
  const stop = new AbortController();
  const drain = async (trigger: QueueTrigger): Promise<void> => {
    while (!stop.signal.aborted) {
      const taken = await trigger.take(7, stop.signal);
      seen.push(...textsOf(taken));
      await Promise.all(taken.map((delivery) => settleOne(trigger, delivery, accept)));
      if (seen.length >= 300) stop.abort();
    }
  };
  await Promise.all([drain(one), drain(two)]);
  assert.equal(seen.length, 300);
  assert.equal(new Set(seen).size, 300);
});

test('a trigger that waits is woken by what another connection puts into its queue', async () => {
  await using rig = new QueueRig();
  await using other = new QueueRig(rig);
  await using trigger = await rig.openTrigger();
  const taking = takeOne(trigger);
  await other.put(item('from afar'));
  assert.deepEqual(textsOf([await taking]), ['from afar']);
});

test('take ends at once when stop is aborted', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  const stop = new AbortController();
  const taking = trigger.take(1, stop.signal);
  stop.abort();
  assert.deepEqual(await taking, []);
});

test('disposing of a trigger gives back what it holds, uncharged, and ends a take that waits', async () => {
  await using rig = new QueueRig();
  const trigger = await rig.openTrigger();
  await rig.put(item('x'));
  const held = await takeOne(trigger);
  const taking = trigger.take(1, forever);
  await trigger[Symbol.asyncDispose]();
  assert.deepEqual(await taking, []);
  await assert.rejects(settleOne(trigger, held, accept), refused);
  await using next = await rig.openTrigger();
  assert.equal((await takeOne(next)).attempt, 1);
  assert.equal(rig.count('queue_owner'), 1);
});

test('opening is given up when its signal is aborted, and leaves nothing behind', async () => {
  await using rig = new QueueRig();
  const { adapter } = await import('./index.ts');
  const options = adapter.trigger?.schema.parse({ queue: 'in' });
  await assert.rejects(
    async () => adapter.trigger?.open(options, rig.context, AbortSignal.abort()),
    (thrown) => thrown instanceof SluiceError && thrown.code === 'SLU3001',
  );
  assert.equal(rig.count('queue_owner'), 0);
});

test('outputs to a queue of another state file are not committed with the event', async () => {
  await using rig = new QueueRig();
  await using elsewhere = new QueueRig();
  await using trigger = await rig.openTrigger();
  assert.equal(trigger.commits(await rig.openPublisher()), true);
  assert.equal(trigger.commits(await elsewhere.openPublisher()), false);
});

test('when outputs cannot be stored, neither is the settlement', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  const publisher = await rig.openPublisher();
  await rig.put(item('x'));
  const delivery = await takeOne(trigger);
  rig.state.read((db) => db.exec('PRAGMA max_page_count = 60'));
  const messages = [item('x'.repeat(500_000))];
  await assert.rejects(
    settleOne(trigger, delivery, { kind: 'accept', publish: [{ publisher, messages }] }),
    (thrown) => thrown instanceof SluiceError && thrown.code === 'SLU4004',
  );
  assert.equal(rig.count('queue_held'), 1);
});

test('finished items are kept for as long as keep_done says, and not longer', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger({ keep_done: '1h' });
  const finish = async (text: string): Promise<void> => {
    await rig.put(item(text));
    await settleOne(trigger, await takeOne(trigger), accept);
  };
  await finish('a');
  await finish('b');
  rig.clock.advance(3_599_999);
  await finish('c');
  assert.equal(rig.count('queue_done JOIN queue_body USING (seq)'), 3);
  rig.clock.advance(1);
  await finish('d');
  assert.equal(rig.count('queue_done JOIN queue_body USING (seq)'), 2);
  assert.equal(rig.count('queue_body'), 2);
});

test('what was kept is forgotten when a trigger opens after its time', async () => {
  await using rig = new QueueRig();
  const trigger = await rig.openTrigger({ keep_done: '1h' });
  await rig.put(item('a'));
  await settleOne(trigger, await takeOne(trigger), accept);
  rig.clock.advance(3_600_000);
  await using next = await rig.openTrigger();
  assert.deepEqual([rig.count('queue_done'), rig.count('queue_body')], [0, 0]);
  assert.deepEqual(await next.backlog(), { ready: 0, waiting: 0 });
});

test('the backlog tells what is ready, what waits for a time, and the age of the next', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('a'), item('b'), item('c', { afterMs: 1000 }));
  rig.clock.advance(200);
  assert.deepEqual(await trigger.backlog(), { ready: 2, waiting: 1, oldestMs: 200 });
  const delivery = await takeOne(trigger);
  assert.deepEqual(await trigger.backlog(), { ready: 1, waiting: 1, oldestMs: 200 });
  await settleOne(trigger, delivery, { kind: 'retry', afterMs: 5000, reason: 'not yet' });
  assert.deepEqual(await trigger.backlog(), { ready: 1, waiting: 2, oldestMs: 200 });
});

test('many items whose time has come together come in portions, all of them', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(...Array.from({ length: 2500 }, (_, n) => item(String(n), { afterMs: 1000 })));
  rig.clock.advance(1000);
  const seen = new Set<string>();
  while (seen.size < 2500) for (const text of textsOf(await trigger.take(500, forever))) seen.add(text);
  assert.deepEqual(await trigger.backlog(), { ready: 0, waiting: 0 });
});

test('an event tells its queue as source and subject, and when it was put there', async () => {
  await using rig = new QueueRig();
  await using trigger = await rig.openTrigger();
  await rig.put(item('x', { id: 'invoice-17' }));
  const { event } = await takeOne(trigger);
  assert.deepEqual([event.id, event.source, event.subject], ['invoice-17', 'queue:in', 'in']);
  assert.equal(event.time, BigInt(rig.clock.now()) * 1_000_000n);
});
