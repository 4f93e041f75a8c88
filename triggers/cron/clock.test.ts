import assert from 'node:assert/strict';
import { test } from 'node:test';
import { StateFile, settleOne } from '#trigger';
import { openCron, slotOf, takeOne, takeWithin, workFor } from './testing/cron-rig.ts';
import { SimulatedTime } from './testing/simulated-time.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;

function setUp(): { time: SimulatedTime; clock: ReturnType<SimulatedTime['clock']>; state: StateFile } {
  const time = new SimulatedTime('2026-06-01T10:00:30Z');
  return { time, clock: time.clock(), state: StateFile.open(':memory:') };
}

test('a slot never runs early, with jitter or without, though sleeps may be short and the clock wanders', async () => {
  for (const options of [{ every: '7s' }, { every: '7s', jitter: '5s', overlap: 'allow' }]) {
    const { time, state, clock } = setUp();
    await using _state = state;
    await using trigger = await openCron(options, { state, clock });
    let early = 0;
    let wander = 0;
    const began = ({ event }: { event: { time: bigint } }): void => {
      if (clock.now() < Number(event.time / 1_000_000n)) early += 1;
      // Back by 3 s, forth by 2 s, ...: what was slept for is no longer what time it is.
      clock.set((wander = wander === 0 ? -3000 : wander + 500 > 0 ? -3000 : wander + 500));
    };
    const slots = await workFor(10 * MINUTE, trigger, { clock, time, began });
    assert.equal(early, 0);
    assert.ok(slots.length > 70);
    assert.equal(new Set(slots).size, slots.length);
  }
});

test('a clock that is set back makes no slot twice: the schedule goes on when it is past the last one', async () => {
  const { time, state, clock } = setUp();
  await using _state = state;
  await using trigger = await openCron({ schedule: '*/10 * * * *', overlap: 'allow' }, { state, clock });
  assert.deepEqual(await workFor(30 * MINUTE, trigger, { clock, time }), [
    '10:10:00 scheduled',
    '10:20:00 scheduled',
    '10:30:00 scheduled',
  ]);
  clock.set(-HOUR);
  assert.deepEqual(await workFor(MINUTE, trigger, { clock, time }), []);
  assert.match(trigger.trouble() ?? '', /clock was set back; slots up to 2026-06-01T10:30/);
  assert.deepEqual(await workFor(58 * MINUTE, trigger, { clock, time }), []);
  assert.deepEqual(await workFor(12 * MINUTE, trigger, { clock, time }), ['10:40:00 scheduled']);
  assert.equal(trigger.trouble(), undefined);
});

test('a clock that was set back while nothing was up makes no slot twice either', async () => {
  const { time, state, clock } = setUp();
  await using _state = state;
  const before = await openCron({ schedule: '*/10 * * * *', catch_up: 'all' }, { state, clock });
  await workFor(30 * MINUTE, before, { clock, time });
  await before[Symbol.asyncDispose]();
  clock.set(-HOUR);
  await using after = await openCron({ schedule: '*/10 * * * *', catch_up: 'all' }, { state, clock });
  assert.deepEqual(await workFor(70 * MINUTE, after, { clock, time }), ['10:40:00 scheduled']);
});

test('a clock that jumps forward, as of a machine that slept, runs what is due within 10 s of it', async () => {
  const { time, state, clock } = setUp();
  await using _state = state;
  await using trigger = await openCron({ schedule: '0 * * * *' }, { state, clock });
  await time.pass(MINUTE);
  clock.set(8 * HOUR);
  const slept = await takeOne(trigger, time);
  assert.equal(slotOf(slept), '18:00:00 catch-up');
  assert.ok(clock.now() - Date.UTC(2026, 5, 1, 18, 1, 30) <= 10_000);
});

test('a machine that slept while a slot ran does not take its own slot for abandoned', async () => {
  const { time, state, clock } = setUp();
  await using _state = state;
  await using trigger = await openCron({ schedule: '0 * * * *' }, { state, clock });
  const running = await takeOne(trigger, time);
  clock.set(30 * MINUTE);
  assert.deepEqual(await takeWithin(MINUTE, trigger, time), []);
  await settleOne(trigger, running, { kind: 'accept' });
  assert.deepEqual(await takeWithin(MINUTE, trigger, time), []);
});

test('a schedule years away overflows no timer: it waits, and runs when the day has come', async () => {
  const { time, state, clock } = setUp();
  await using _state = state;
  await using trigger = await openCron({ schedule: '0 0 29 2 *' }, { state, clock });
  assert.deepEqual(await takeWithin(HOUR, trigger, time), []);
  clock.set(Date.UTC(2028, 1, 28, 23, 59) - time.now);
  assert.deepEqual(await takeWithin(59_000, trigger, time), []);
  assert.equal((await takeOne(trigger, time)).event.id, 'job@2028-02-29T00:00:00.000Z');
  assert.equal(clock.now(), Date.UTC(2028, 1, 29));
});
