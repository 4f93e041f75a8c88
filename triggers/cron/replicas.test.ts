import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { type Delivery, SluiceError, settleOne } from '#trigger';
import { jobContext, slotOf, takeOne, takeWithin, work } from './testing/cron-rig.ts';
import { requestRun } from './run-request.ts';
import { Replicas } from './testing/replicas.ts';

const MINUTE = 60_000;
/** The default. */
const leaseMs = 30_000;

for (const share of ['a state file', 'a store'] as const) {
  describe(`two processes that share ${share}, with clocks 5 s apart`, () => {
    for (const overlap of ['skip', 'queue', 'allow']) {
      test(`give one run per slot, never early by the clock of the one that runs it (overlap = ${overlap})`, async () => {
        await using replicas = new Replicas(share);
        const stop = new AbortController();
        const working: Promise<string[]>[] = [];
        let early = 0;
        for (const [name, aheadMs] of [
          ['slow', 0],
          ['fast', 5000],
        ] as const) {
          const replica = replicas.start(name, aheadMs);
          const trigger = await replicas.open({ every: '20s', overlap }, replica);
          const began = ({ event }: Delivery): void => {
            if (replica.clock.now() < Number(event.time / 1_000_000n)) early += 1;
          };
          working.push(work(trigger, replica.clock, stop.signal, { runMs: 11_000, began }));
        }
        await replicas.time.pass(4 * MINUTE);
        stop.abort();
        const slots = (await replicas.time.until(Promise.all(working))).flat().sort();
        const wanted = Array.from({ length: 12 }, (_, n) => new Date(Date.UTC(2026, 5, 1, 10, 0, 40 + 20 * n)));
        assert.deepEqual(
          slots,
          wanted.map((date) => `${date.toISOString().slice(11, 19)} scheduled`),
        );
        assert.equal(early, 0);
      });
    }

    for (const [leaderAhead, otherAhead] of [
      [0, 5000],
      [5000, 0],
    ] as const) {
      test(`a leader that stops in mid-slot: another finishes the slot within the lease + 1 s (leader ${leaderAhead} ms ahead)`, async () => {
        await using replicas = new Replicas(share);
        const leader = await replicas.open({ every: '1m' }, replicas.start('leader', leaderAhead));
        const held = await takeOne(leader, replicas.time);
        const other = await replicas.open({ every: '1m' }, replicas.start('other', otherAhead));
        const taking = other.take(1, new AbortController().signal);
        await replicas.time.pass(10_000);
        held.extend?.();
        // Here the leader dies: it says nothing any more.
        await leader[Symbol.asyncDispose]();
        const diedAt = replicas.time.now;
        const [taken] = await replicas.time.until(taking);
        assert.deepEqual([taken?.event.id, taken?.attempt], [held.event.id, 2]);
        assert.ok(replicas.time.now - diedAt <= leaseMs + 1000);
        assert.ok(replicas.time.now - diedAt >= leaseMs - 10_000, 'a holder that is late to extend keeps its slot');
      });
    }

    test('a stale leader that wakes up is fenced: it settles nothing, and the slot stays with the other', async () => {
      await using replicas = new Replicas(share);
      const leader = await replicas.open({ every: '1h' }, replicas.start('leader', 5000));
      const stale = await takeOne(leader, replicas.time);
      const other = await replicas.open({ every: '1h' }, replicas.start('other', 0));
      const taken = await takeOne(other, replicas.time);
      stale.extend?.();
      const fenced = (thrown: unknown): boolean => thrown instanceof SluiceError && thrown.code === 'SLU3003';
      await assert.rejects(settleOne(leader, stale, { kind: 'accept' }), fenced);
      assert.deepEqual(await takeWithin(10_000, leader, replicas.time), []);
      await settleOne(other, taken, { kind: 'accept' });
      assert.deepEqual(await takeWithin(MINUTE, leader, replicas.time), []);
      assert.equal((await leader.backlog()).ready, 0);
    });

    test('a slot that is extended stays with its holder for as long as it runs', async () => {
      await using replicas = new Replicas(share);
      const leader = replicas.start('leader', 5000);
      const trigger = await replicas.open({ every: '5m' }, leader);
      const stop = new AbortController();
      const working = work(trigger, leader.clock, stop.signal, { runMs: 4 * MINUTE });
      const other = await replicas.open({ every: '5m' }, replicas.start('other', 0));
      assert.deepEqual(await takeWithin(8 * MINUTE, other, replicas.time), []);
      stop.abort();
      assert.deepEqual(await replicas.time.until(working), ['10:05:00 scheduled']);
    });

    test('a process that starts just after a slot does not take it for missed', async () => {
      await using replicas = new Replicas(share);
      const slow = await replicas.open({ every: '1m', catch_up: 'none' }, replicas.start('slow', 0));
      await replicas.time.pass(26_000);
      // 10:00:56 here, 10:01:01 there: the slot of 10:01 is over for the one, and to come for the other.
      const fast = await replicas.open({ every: '1m', catch_up: 'none' }, replicas.start('fast', 5000));
      const taken = await takeOne(fast, replicas.time);
      assert.equal(slotOf(taken), '10:01:00 scheduled');
      await settleOne(fast, taken, { kind: 'accept' });
      assert.deepEqual(await takeWithin(30_000, slow, replicas.time), []);
    });

    test('a run that one process asks for runs in the one that has the trigger open', async () => {
      await using replicas = new Replicas(share);
      const up = await replicas.open({ schedule: '@yearly' }, replicas.start('up', 0));
      const asking = replicas.start('asking', 0);
      const id = await requestRun(jobContext(asking));
      assert.equal((await takeOne(up, replicas.time)).event.id, id);
    });
  });
}

test('a leader on the same machine that is known to have died: another finishes its slot within a second', async () => {
  await using replicas = new Replicas('a state file');
  const leader = await replicas.open({ every: '1m' }, replicas.start('leader', 0));
  const held = await takeOne(leader, replicas.time);
  const other = await replicas.open({ every: '1m' }, replicas.start('other', 5000));
  const taking = other.take(1, new AbortController().signal);
  await replicas.time.pass(5000);
  await leader[Symbol.asyncDispose]();
  replicas.ended.add('leader');
  const diedAt = replicas.time.now;
  const [taken] = await replicas.time.until(taking);
  assert.equal(taken?.event.id, held.event.id);
  assert.ok(replicas.time.now - diedAt <= 1000);
});
