import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { StateFile, settleOne } from '#trigger';
import { jobContext, never, openCron, slotOf, takeOne, takeWithin, workFor } from './testing/cron-rig.ts';
import { requestRun } from './run-request.ts';
import { SimulatedTime } from './testing/simulated-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

/** Ten o'clock and half a minute. */
const START = '2026-06-01T10:00:30Z';

function setUp(): { time: SimulatedTime; clock: ReturnType<SimulatedTime['clock']>; state: StateFile } {
  const time = new SimulatedTime(START);
  return { time, clock: time.clock(), state: StateFile.open(':memory:') };
}

test('a slot becomes an event that tells its schedule, its time and its payload', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  const options = { schedule: '*/5 * * * *', timezone: 'Europe/Berlin', payload: { kind: 'report' } };
  await using trigger = await openCron(options, replica);
  const { event, attempt } = await takeOne(trigger, time);
  assert.deepEqual(
    { ...event, data: Buffer.from(event.data).toString() },
    {
      id: 'job@2026-06-01T10:05:00.000Z',
      source: 'cron:job',
      subject: '*/5 * * * * (Europe/Berlin)',
      time: BigInt(Date.UTC(2026, 5, 1, 10, 5)) * 1_000_000n,
      contentType: 'application/json',
      headers: [
        ['cron-schedule', '*/5 * * * * (Europe/Berlin)'],
        ['cron-slot', '2026-06-01T10:05:00.000Z'],
        ['cron-run', 'scheduled'],
      ],
      data: '{"kind":"report"}',
    },
  );
  assert.equal(attempt, 1);
  assert.equal(time.now, Date.UTC(2026, 5, 1, 10, 5));
});

test('a retried slot comes again after its delay, with the next attempt number', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  await using trigger = await openCron({ schedule: '0 * * * *' }, replica);
  const first = await takeOne(trigger, time);
  await settleOne(trigger, first, { kind: 'retry', afterMs: 45_000, reason: 'not yet' });
  const second = await takeOne(trigger, time);
  assert.deepEqual([second.event.id, second.attempt], [first.event.id, 2]);
  assert.equal(time.now, Date.UTC(2026, 5, 1, 11, 0, 45));
});

test('a slot with jitter runs late by the same amount in every process, less than the jitter, and keeps its time', async () => {
  const runs = await Promise.all(
    [1, 2].map(async () => {
      const { time, ...replica } = setUp();
      await using _state = replica.state;
      await using trigger = await openCron({ every: '1m', jitter: '50s' }, replica);
      const late: number[] = [];
      for (let n = 0; n < 20; n += 1) {
        const { event, settle } = await takeOne(trigger, time).then((delivery) => ({
          event: delivery.event,
          settle: () => settleOne(trigger, delivery, { kind: 'accept' }),
        }));
        late.push(time.now - Number(event.time / 1_000_000n));
        await settle();
      }
      return late;
    }),
  );
  const [one, two] = runs;
  assert.deepEqual(one, two);
  assert.ok(one?.every((ms) => ms >= 0 && ms < 50_000));
  assert.ok(new Set(one).size > 10);
});

describe('overlap, with runs of 170 seconds every minute', () => {
  const runMs = 170_000;

  test('skip leaves out the slots that are due while one runs', async () => {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m' }, replica);
    assert.deepEqual(await workFor(7 * MINUTE, trigger, { ...replica, time, runMs }), [
      '10:01:00 scheduled',
      '10:04:00 scheduled',
      '10:07:00 scheduled',
    ]);
    // 10:02 and 10:03, and likewise after each of the other two.
    assert.equal(trigger.dropped().get('overlap'), 6);
  });

  test('queue lets one wait, and leaves out those after it', async () => {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m', overlap: 'queue' }, replica);
    assert.deepEqual(await workFor(7 * MINUTE, trigger, { ...replica, time, runMs }), [
      '10:01:00 scheduled',
      '10:02:00 scheduled',
      '10:04:00 scheduled',
    ]);
    // 10:03 while 10:02 waited, 10:05 and 10:06 while 10:04 did, 10:08 and 10:09 while 10:07 does.
    assert.equal(trigger.dropped().get('overlap'), 5);
    assert.equal((await trigger.backlog()).ready, 1);
  });

  test('queue starts the one that waits as soon as the earlier one is finished', async () => {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m', overlap: 'queue' }, replica);
    const first = await takeOne(trigger, time);
    const taking = trigger.take(1, never);
    await time.pass(80_000);
    await settleOne(trigger, first, { kind: 'accept' });
    const finishedAt = time.now;
    const [second] = await time.until(taking);
    assert.deepEqual([second && slotOf(second), time.now], ['10:02:00 scheduled', finishedAt]);
  });

  test('allow runs them side by side', async () => {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m', overlap: 'allow' }, replica);
    const slots = await workFor(7 * MINUTE, trigger, { ...replica, time, runMs });
    assert.equal(slots.length, 7);
    assert.equal(trigger.dropped().size, 0);
  });

  test('skip counts a slot that waits for a retry as unfinished', async () => {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m' }, replica);
    const first = await takeOne(trigger, time);
    await settleOne(trigger, first, { kind: 'retry', afterMs: 90_000, reason: 'not yet' });
    const second = await takeOne(trigger, time);
    assert.deepEqual([second.event.id, trigger.dropped().get('overlap')], [first.event.id, 1]);
  });
});

describe('down for an hour', () => {
  for (const [catchUp, ...wanted] of [
    ['none', '11:45:00 scheduled'],
    ['latest', '11:30:00 catch-up', '11:45:00 scheduled'],
    ['all', '10:45:00 catch-up', '11:00:00 catch-up', '11:15:00 catch-up', '11:30:00 catch-up', '11:45:00 scheduled'],
    [{ policy: 'all', max: 2 }, '11:15:00 catch-up', '11:30:00 catch-up', '11:45:00 scheduled'],
  ] as const) {
    test(`catch_up = ${JSON.stringify(catchUp)} makes up for what it says, once, and goes on`, async () => {
      const { time, ...replica } = setUp();
      await using _state = replica.state;
      const options = { schedule: '*/15 * * * *', catch_up: catchUp };
      const before = await openCron(options, replica);
      assert.deepEqual(await workFor(30 * MINUTE, before, { ...replica, time }), [
        '10:15:00 scheduled',
        '10:30:00 scheduled',
      ]);
      await before[Symbol.asyncDispose]();
      await time.pass(65 * MINUTE);
      await using after = await openCron(options, replica);
      assert.deepEqual(await workFor(10 * MINUTE, after, { ...replica, time }), wanted);
      await after[Symbol.asyncDispose]();
      await using again = await openCron(options, replica);
      assert.deepEqual(await workFor(10 * MINUTE, again, { ...replica, time }), []);
    });
  }
});

test('a missed slot is not skipped for an unfinished one: it waits its turn', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  const options = { schedule: '0 * * * *', catch_up: 'latest', overlap: 'skip' };
  const before = await openCron(options, replica);
  const unfinished = await takeOne(before, time);
  await settleOne(before, unfinished, { kind: 'retry', afterMs: 10_000, reason: 'not yet' });
  await before[Symbol.asyncDispose]();
  replica.clock.set(3 * HOUR + 5 * MINUTE);
  await using after = await openCron(options, replica);
  assert.deepEqual(await workFor(MINUTE, after, { ...replica, time }), ['11:00:00 scheduled', '14:00:00 catch-up']);
});

test('a new trigger owes nothing from before it was first opened, nor does a changed schedule', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  const opened = await openCron({ schedule: '0 * * * *', catch_up: 'all' }, replica);
  assert.deepEqual(await workFor(MINUTE, opened, { ...replica, time }), []);
  await opened[Symbol.asyncDispose]();
  await time.pass(3 * HOUR);
  await using changed = await openCron({ schedule: '30 * * * *', catch_up: 'all' }, replica);
  assert.deepEqual(await workFor(HOUR, changed, { ...replica, time }), ['13:30:00 scheduled']);
});

test('a requested run has its own payload, and does not wait for the schedule', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  await using trigger = await openCron({ schedule: '@yearly', payload: 'usual' }, replica);
  await requestRun(jobContext(replica), Buffer.from('special'));
  const special = await takeOne(trigger, time);
  assert.equal(Buffer.from(special.event.data).toString(), 'special');
  assert.equal(slotOf(special), '10:00:30 manual');
  await settleOne(trigger, special, { kind: 'accept' });
  await requestRun(jobContext(replica));
  assert.equal(Buffer.from((await takeOne(trigger, time)).event.data).toString(), 'usual');
});

test('a run requested while nothing is up waits for the next that opens the trigger', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  const id = await requestRun(jobContext(replica));
  await time.pass(2 * HOUR);
  await using trigger = await openCron({ schedule: '@yearly' }, replica);
  assert.equal((await takeOne(trigger, time)).event.id, id);
});

test('a requested run is not skipped while a slot runs: it waits, unless overlap allows both', async () => {
  for (const [overlap, together] of [
    ['skip', 0],
    ['allow', 1],
  ] as const) {
    const { time, ...replica } = setUp();
    await using _state = replica.state;
    await using trigger = await openCron({ every: '1m', overlap }, replica);
    const running = await takeOne(trigger, time);
    await requestRun(jobContext(replica));
    assert.equal((await takeWithin(1000, trigger, time)).length, together);
    await settleOne(trigger, running, { kind: 'accept' });
    assert.equal((await trigger.backlog()).ready, 1 - together);
  }
});

test('run_at_start runs once a process, however often its trigger is opened again', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  const options = { schedule: '@yearly', run_at_start: true };
  for (const [self, wanted] of [
    ['one', ['10:00:30 start']],
    ['one', []],
    ['two', ['10:00:32 start']],
  ] as const) {
    await using trigger = await openCron(options, { ...replica, owners: { self, gone: () => false } });
    const taken = await takeWithin(1000, trigger, time);
    for (const delivery of taken) await settleOne(trigger, delivery, { kind: 'accept' });
    assert.deepEqual(taken.map(slotOf), wanted);
  }
});

test('take resolves with none when stop is aborted, and what comes later is not lost', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  await using trigger = await openCron({ every: '1m' }, replica);
  const stop = new AbortController();
  const taking = trigger.take(1, stop.signal);
  stop.abort();
  assert.deepEqual(await taking, []);
  assert.equal(slotOf(await takeOne(trigger, time)), '10:01:00 scheduled');
});

test('records of finished slots are kept for a week, then forgotten', async () => {
  const { time, ...replica } = setUp();
  await using _state = replica.state;
  await using trigger = await openCron({ schedule: '0 12 * * *' }, replica);
  const count = (): number =>
    Number(replica.state.read((db) => db.prepare('SELECT count(*) AS n FROM cron_slot').get()?.['n']));
  for (let day = 0; day < 10; day += 1) {
    replica.clock.set(Date.UTC(2026, 5, 1 + day, 11, 59) - time.now);
    await settleOne(trigger, await takeOne(trigger, time), { kind: 'accept' });
    assert.equal(count(), Math.min(day + 1, 8));
  }
});

test('a state file that fails makes take reject with what it failed with', async () => {
  const { time, ...replica } = setUp();
  const trigger = await openCron({ every: '1m' }, replica);
  const taking = trigger.take(1, never);
  const failed = assert.rejects(time.until(taking));
  await replica.state[Symbol.asyncDispose]();
  await failed;
  await trigger[Symbol.asyncDispose]();
});
