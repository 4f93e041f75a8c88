import assert from 'node:assert/strict';
import { test } from 'node:test';
import { createTask } from 'node-cron';
import { cronSlotTimes, everySlotTimes, type SlotTimes } from './slot-times.ts';

const MINUTE = 60_000;
const DAY = 86_400_000;

function iso(slots: SlotTimes, from: string, count: number): string[] {
  const found: string[] = [];
  let slot = slots.next(Date.parse(from));
  for (; slot !== undefined && found.length < count; slot = slots.next(slot)) found.push(new Date(slot).toISOString());
  return found;
}

test('the next slot is later than the time asked about, never that time itself', () => {
  const slots = cronSlotTimes('0 12 * * *', 'UTC');
  const noon = Date.UTC(2026, 5, 1, 12);
  assert.equal(slots.next(noon - 1), noon);
  assert.equal(slots.next(noon), noon + DAY);
  assert.equal(slots.next(noon + 1), noon + DAY);
});

for (const expression of [
  '*/5 * * * *',
  '0 9-17 * * MON-FRI',
  '15,45 22-2 * JAN,Jun *',
  '30 6 L * *',
  '30 6 L-3 * *',
  '0 0 15W * *',
  '0 18 * * 5L',
  '0 18 * * 2#3',
  '0 12 1-7 * 1',
  '@hourly',
  '@weekly',
]) {
  test(`${expression} has the slots that node-cron matches, away from clock changes`, () => {
    for (const timezone of ['UTC', 'America/New_York', 'Asia/Kathmandu']) {
      const task = createTask(expression, () => {}, { timezone });
      const slots = cronSlotTimes(expression, timezone);
      let next = slots.next(Date.UTC(2026, 5, 1) - 1);
      for (let time = Date.UTC(2026, 5, 1); time < Date.UTC(2026, 6, 3); time += 45 * MINUTE) {
        while (next !== undefined && next < time) next = slots.next(next);
        assert.equal(next === time, task.match(new Date(time)), `${timezone} ${new Date(time).toISOString()}`);
      }
      void task.destroy();
    }
  });
}

test('a seconds field comes first', () => {
  assert.deepEqual(iso(cronSlotTimes('*/20 59 23 * * *', 'UTC'), '2026-01-01T23:59:10Z', 3), [
    '2026-01-01T23:59:20.000Z',
    '2026-01-01T23:59:40.000Z',
    '2026-01-02T23:59:00.000Z',
  ]);
});

test('a schedule follows the clocks of its time zone', () => {
  assert.deepEqual(iso(cronSlotTimes('0 7 * * 1-5', 'Europe/Berlin'), '2026-03-27T12:00:00Z', 2), [
    '2026-03-30T05:00:00.000Z',
    '2026-03-31T05:00:00.000Z',
  ]);
});

test('day of month and day of week must both match', () => {
  assert.deepEqual(iso(cronSlotTimes('0 0 13 * FRI', 'UTC'), '2026-01-01T00:00:00Z', 3), [
    '2026-02-13T00:00:00.000Z',
    '2026-03-13T00:00:00.000Z',
    '2026-11-13T00:00:00.000Z',
  ]);
});

test('the next slot is found years away, over a century without a leap day', () => {
  assert.deepEqual(iso(cronSlotTimes('0 0 29 2 *', 'UTC'), '2026-01-01T00:00:00Z', 2), [
    '2028-02-29T00:00:00.000Z',
    '2032-02-29T00:00:00.000Z',
  ]);
  assert.deepEqual(iso(cronSlotTimes('0 0 29 2 MON', 'America/New_York'), '2072-03-01T00:00:00Z', 1), [
    '2112-02-29T05:00:00.000Z',
  ]);
});

test('every = is aligned to 1970, not to when it was started', () => {
  assert.deepEqual(iso(everySlotTimes(45 * MINUTE), '2026-01-01T00:10:00Z', 2), [
    '2026-01-01T00:45:00.000Z',
    '2026-01-01T01:30:00.000Z',
  ]);
  const slots = everySlotTimes(7000);
  assert.equal(slots.next(0), 7000);
  assert.equal(slots.next(7000), 14_000);
  assert.equal(slots.next(-1), 0);
});
