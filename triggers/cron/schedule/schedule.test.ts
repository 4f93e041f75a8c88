import assert from 'node:assert/strict';
import { test } from 'node:test';
import { ALL_KINDS_OF_YEARS_DAYS, parseSchedule, scheduleProblems } from './schedule.ts';

const forms =
  'wanted 5 fields as in "0 5 * * *", 6 with seconds first, or @yearly, @monthly, @weekly, @daily or @hourly; for intervals there is every = "5m"';

for (const [expression, ...problems] of [
  ['0 25 * * *', 'has "25" as hour at column 3, wanted 0-23'],
  ['0  7 * * 1-9', 'has "1-9" as day of the week at column 10, wanted 0-7 or SUN-SAT, 5L or 2#3'],
  ['61 * * * * *', 'has "61" as second at column 1, wanted 0-59'],
  [
    'x * 32 * *',
    'has "x" as minute at column 1, wanted 0-59',
    'has "32" as day of the month at column 5, wanted 1-31, L, L-3 or 15W',
  ],
  ['* * * *', `is not a cron expression: ${forms}`],
  ['* * * * * * *', `is not a cron expression: ${forms}`],
  ['@reboot', `is not a cron expression: ${forms}`],
  ['rate(5 minutes)', `is not a cron expression: ${forms}`],
  ['*/90 * * * *', 'has a step of 90 as minute at column 1, wanted at most 60; see "every"'],
  ['0 0 31 2 *', 'never matches: no year has such a day'],
  ['0 0 31 4,6,9,11 *', 'never matches: no year has such a day'],
  ['0 0 1 * 1#2', 'never matches: no year has such a day'],
] as const) {
  test(`the schedule "${expression}" is refused, with the place`, () => {
    assert.deepEqual(scheduleProblems(expression), problems);
  });
}

for (const expression of [
  '* * * * *',
  '@daily',
  '@YEARLY',
  '0 0 29 2 *',
  '0 0 29 2 1',
  '0 0 ? * 7',
  '5 4 L JAN-mar sun',
  '*/24 * * * *',
]) {
  test(`the schedule "${expression}" is accepted`, () => {
    assert.deepEqual(scheduleProblems(expression), []);
  });
}

test("node-cron's calendar, which takes 25 ms to load, is used only for days that are more than numbers", (context) => {
  const dates = context.mock.method(Intl.DateTimeFormat.prototype, 'formatToParts');
  assert.deepEqual(scheduleProblems('*/5 8-17 1,15 * MON-FRI'), []);
  assert.equal(dates.mock.callCount(), 0);
  assert.deepEqual(scheduleProblems('0 0 L * *'), []);
  assert.notEqual(dates.mock.callCount(), 0);
});

for (const [expression, interval] of [
  ['* * * * *', true],
  ['*/15 9-17 * * *', true],
  ['0-59/10 3 * * *', true],
  ['7 * * * *', true],
  ['0,30 0-23 * * *', true],
  ['@hourly', true],
  ['*/10 30 * * * *', true],
  ['30 2 * * *', false],
  ['0,15,30,45 2 * * *', false],
  ['0 */2 * * *', false],
  ['*/10 30 2 * * *', false],
  ['@daily', false],
] as const) {
  test(`"${expression}" is ${interval ? 'an interval schedule' : 'a schedule of fixed times'}`, () => {
    assert.equal(parseSchedule(expression).interval, interval);
  });
}

test('each kind of year comes round within the time that is searched', () => {
  const kindOf = (year: number): string => {
    const leap = new Date(Date.UTC(year, 1, 29)).getUTCMonth() === 1;
    return `${new Date(Date.UTC(year, 0)).getUTCDay()} ${leap}`;
  };
  const last = new Map<string, number>();
  let longest = 0;
  // The calendar repeats every 400 years: twice that has every distance.
  for (let year = 2000; year < 2800; year += 1) {
    longest = Math.max(longest, year - (last.get(kindOf(year)) ?? year));
    last.set(kindOf(year), year);
  }
  assert.equal(longest, 40);
  assert.ok(ALL_KINDS_OF_YEARS_DAYS >= (longest + 1) * 365.25);
});

test('parseSchedule throws a TypeError for an invalid expression', () => {
  assert.throws(() => parseSchedule('every day'), TypeError);
});
