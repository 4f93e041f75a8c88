import assert from 'node:assert/strict';
import { test } from 'node:test';
import { type Delivery, settleOne } from '#trigger';
import { jobContext, slotOf, takeOne, takeWithin, work } from './testing/cron-rig.ts';
import { Replicas } from './testing/replicas.ts';
import { requestRun, runPublisher } from './run-request.ts';

const MINUTE = 60_000;
/** The default. */
const leaseMs = 30_000;
const HOUR = 60 * MINUTE;
const never = new AbortController().signal;

function bytesOf({ event }: Delivery): string {
  return Buffer.from(event.data).toString();
}

test('while the store is away no slot begins, the trigger says so, and afterwards it goes on by itself', async () => {
  await using replicas = new Replicas('a store');
  const replica = replicas.start('one');
  const trigger = await replicas.open({ every: '1m' }, replica);
  await settleOne(trigger, await takeOne(trigger, replicas.time), { kind: 'accept' });
  replica.store?.lose();
  assert.deepEqual(await takeWithin(3 * MINUTE, trigger, replicas.time), []);
  assert.match(trigger.trouble() ?? '', /store is away: nothing answers/);
  replica.store?.heal();
  assert.equal(slotOf(await takeOne(trigger, replicas.time)), '10:04:00 scheduled');
  assert.equal(trigger.trouble(), undefined);
});

test('a slot that runs while the store is away for all is run by nobody else, however long that takes', async () => {
  await using replicas = new Replicas('a store');
  const [holder, other] = [replicas.start('holder'), replicas.start('other', 5000)];
  const holding = await replicas.open({ every: '1h' }, holder);
  const held = await takeOne(holding, replicas.time);
  const watching = await replicas.open({ every: '1h' }, other);
  await replicas.time.pass(1000);
  for (const { store } of [holder, other]) store?.lose();
  assert.deepEqual(await takeWithin(10 * MINUTE, watching, replicas.time), []);
  await assert.rejects(settleOne(holding, held, { kind: 'accept' }), { transient: true });
  for (const { store } of [other, holder]) store?.heal();
  // The one who looks on is back first, and must give the holder time to say that it lives.
  assert.deepEqual(await takeWithin(leaseMs - 1000, watching, replicas.time), []);
  await settleOne(holding, held, { kind: 'accept' });
  assert.deepEqual(await takeWithin(30 * MINUTE, watching, replicas.time), []);
});

test('a holder that alone cannot reach the store loses its slot after the lease, and is fenced when it can', async () => {
  await using replicas = new Replicas('a store');
  const [holder, other] = [replicas.start('holder', 5000), replicas.start('other')];
  const holding = await replicas.open({ every: '1h' }, holder);
  const held = await takeOne(holding, replicas.time);
  const watching = await replicas.open({ every: '1h' }, other);
  holder.store?.lose();
  const taken = await takeOne(watching, replicas.time);
  assert.deepEqual([taken.event.id, taken.attempt], [held.event.id, 2]);
  holder.store?.heal();
  await assert.rejects(settleOne(holding, held, { kind: 'accept' }), { code: 'SLU3003' });
  await settleOne(watching, taken, { kind: 'accept' });
  assert.deepEqual(await takeWithin(30 * MINUTE, watching, replicas.time), []);
});

test('a claim whose answer is lost is no second attempt', async () => {
  await using replicas = new Replicas('a store');
  const replica = replicas.start('one');
  const trigger = await replicas.open({ every: '1h' }, replica);
  await replicas.time.pass(HOUR);
  assert.equal((await trigger.backlog()).ready, 1);
  replica.store?.loseAnswers();
  const taking = trigger.take(1, never);
  await replicas.time.pass(2000);
  replica.store?.heal();
  const [delivery] = await replicas.time.until(taking);
  assert.equal(delivery?.attempt, 1);
});

test('an ending whose answer is lost is written again, and the slot does not run again', async () => {
  await using replicas = new Replicas('a store');
  const replica = replicas.start('one');
  const trigger = await replicas.open({ every: '1h' }, replica);
  const held = await takeOne(trigger, replicas.time);
  replica.store?.loseAnswers();
  await assert.rejects(settleOne(trigger, held, { kind: 'accept' }), { transient: true });
  replica.store?.heal();
  await settleOne(trigger, held, { kind: 'accept' });
  assert.deepEqual(await takeWithin(30 * MINUTE, trigger, replicas.time), []);
});

test('attempts are counted by all replicas together, and a slot that goes back uncharged is not', async () => {
  await using replicas = new Replicas('a store');
  const [one, other] = [
    await replicas.open({ every: '1h' }, replicas.start('one')),
    await replicas.open({ every: '1h' }, replicas.start('other')),
  ];
  const first = await takeOne(one, replicas.time);
  await settleOne(one, first, { kind: 'retry', afterMs: 1000, reason: 'not yet' });
  const second = await takeOne(other, replicas.time);
  await settleOne(other, second, { kind: 'release' });
  const third = await takeOne(one, replicas.time);
  assert.deepEqual([first.attempt, second.attempt, third.attempt], [1, 2, 2]);
});

for (const [catchUp, wanted] of [
  ['none', []],
  ['latest', ['12:00:00 catch-up']],
  ['all', ['11:00:00 catch-up', '12:00:00 catch-up']],
] as const) {
  test(`slots that were missed by all replicas run as the policy says (catch_up = ${catchUp})`, async () => {
    await using replicas = new Replicas('a store');
    const options = { schedule: '0 * * * *', catch_up: { policy: catchUp, within: '5h' } };
    {
      await using stack = new AsyncDisposableStack();
      stack.use(await replicas.open(options, replicas.start('before')));
    }
    await replicas.time.pass(2 * HOUR + MINUTE);
    const stop = new AbortController();
    const working = ['one', 'other'].map(async (name) => {
      const replica = replicas.start(name);
      return work(await replicas.open(options, replica), replica.clock, stop.signal);
    });
    await replicas.time.pass(10 * MINUTE);
    stop.abort();
    assert.deepEqual((await replicas.time.until(Promise.all(working))).flat().toSorted(), wanted);
  });
}

test('a requested run carries its data to the replica that runs it, and its id runs once', async () => {
  await using replicas = new Replicas('a store');
  const [asking, running] = [replicas.start('asking'), replicas.start('running')];
  const id = await requestRun(jobContext(asking), Buffer.from('special'));
  const trigger = await replicas.open({ schedule: '@yearly', payload: 'usual' }, running);
  const delivery = await takeOne(trigger, replicas.time);
  assert.deepEqual([delivery.event.id, bytesOf(delivery)], [id, 'special']);
  await settleOne(trigger, delivery, { kind: 'accept' });
  const start = { schedule: '@yearly', run_at_start: true };
  for (const wanted of [1, 0]) {
    await using again = await replicas.open(start, running);
    const taken = await takeWithin(1000, again, replicas.time);
    assert.equal(taken.length, wanted);
    for (const each of taken) await settleOne(again, each, { kind: 'accept' });
  }
});

test('replicas whose schedule was replaced by a later one decide nothing, and say so', async () => {
  await using replicas = new Replicas('a store');
  const old = await replicas.open({ every: '1m' }, replicas.start('old'));
  const young = await replicas.open({ every: '20m' }, replicas.start('young'));
  assert.deepEqual(await takeWithin(5 * MINUTE, old, replicas.time), []);
  assert.match(old.trouble() ?? '', /started later run it as 'every 20m'/);
  assert.equal(slotOf(await takeOne(young, replicas.time)), '10:20:00 scheduled');
});

test('what is kept of finished slots is forgotten after a week, in the store too', async () => {
  await using replicas = new Replicas('a store');
  const clock = replicas.time.clock();
  const replica = { ...replicas.start('one'), clock };
  const trigger = await replicas.open({ schedule: '0 12 * * *', overlap: 'allow' }, replica);
  const inState = (): number =>
    Number(replica.state.read((db) => db.prepare('SELECT count(*) AS n FROM cron_slot').get()?.['n']));
  const inStore = (): number =>
    [...replicas.broker!.entries.keys()].filter((key) => key.startsWith('sluice.cron-run.')).length;
  for (let day = 0; day < 10; day += 1) {
    clock.set(Date.UTC(2026, 5, 1 + day, 11, 59) - replicas.time.now);
    await requestRun(jobContext(replica));
    for (let run = 0; run < 2; run += 1) {
      await settleOne(trigger, await takeOne(trigger, replicas.time), { kind: 'accept' });
    }
    // The run that was asked for a week ago ended a minute before that day's slot.
    assert.deepEqual([inState(), inStore()], [Math.min(day + 1, 8) + Math.min(day + 1, 7), Math.min(day + 1, 7)]);
  }
});

test('slots that this Sluice cannot read fail the trigger, and are left as they are', async () => {
  await using replicas = new Replicas('a store');
  replicas.broker!.put('sluice.cron.job.slots', Buffer.from('{"format":2}'));
  await assert.rejects(replicas.open({ every: '1m' }, replicas.start('old')), { code: 'SLU4002', transient: false });
  assert.equal(Buffer.from(replicas.broker!.entries.get('sluice.cron.job.slots')!.value).toString(), '{"format":2}');
});

test('a store that was emptied makes no slot run again', async () => {
  await using replicas = new Replicas('a store');
  const trigger = await replicas.open({ every: '1m' }, replicas.start('one'));
  await settleOne(trigger, await takeOne(trigger, replicas.time), { kind: 'accept' });
  replicas.broker!.delete('sluice.cron.job.slots');
  assert.equal(slotOf(await takeOne(trigger, replicas.time)), '10:02:00 scheduled');
});

test('runs that wait in a shared store stay below what one value may hold, and the next is refused with a code', async () => {
  await using replicas = new Replicas('a store');
  const replica = replicas.start('one');
  await using publisher = await runPublisher(jobContext(replica));
  const publish = (n: number): Promise<unknown> =>
    publisher.publish([{ id: `${n}`.padStart(50_000, '0'), headers: [], data: new Uint8Array() }], never);
  let taken = 0;
  await assert.rejects(
    async () => {
      for (;;) {
        await publish(taken);
        taken += 1;
      }
    },
    { code: 'SLU4007' },
  );
  assert.equal(taken > 0 && taken < 10, true, `${taken} were taken`);
  const values = await Promise.all((await replica.store!.keys('')).map((key) => replica.store!.get(key)));
  assert.equal(Math.max(...values.map((entry) => entry?.value.byteLength ?? 0)) < 1024 * 1024, true);
});
