import assert from 'node:assert/strict';
import { describe, test } from 'node:test';
import { cronSlotTimes, type SlotTimes } from './slot-times.ts';

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;
const YEARS = [2023, 2024, 2025, 2026, 2027, 2028, 2029, 2030];

interface Zone {
  readonly name: string;
  /** The instants at which clocks change, worked out from the law of the place and not from a database. */
  readonly spring: (year: number) => number;
  readonly autumn: (year: number) => number;
  /** By how much. */
  readonly shift: number;
  /** A time that spring leaves out, and one that autumn shows twice. */
  readonly inGap: string;
  readonly inOverlap: string;
  /** UTC of that time's first showing, before the change of autumn. */
  readonly firstShowing: number;
}

const zones: readonly Zone[] = [
  {
    name: 'America/New_York',
    spring: (year) => sunday(year, 3, 2) + 7 * HOUR,
    autumn: (year) => sunday(year, 11, 1) + 6 * HOUR,
    shift: HOUR,
    inGap: '30 2 * * *',
    inOverlap: '30 1 * * *',
    firstShowing: -30 * MINUTE,
  },
  {
    name: 'Europe/London',
    spring: (year) => lastSunday(year, 3) + HOUR,
    autumn: (year) => lastSunday(year, 10) + HOUR,
    shift: HOUR,
    inGap: '15 1 * * *',
    inOverlap: '10 1 * * *',
    firstShowing: -50 * MINUTE,
  },
  {
    name: 'Australia/Sydney',
    spring: (year) => sunday(year, 10, 1) - 8 * HOUR,
    autumn: (year) => sunday(year, 4, 1) - 8 * HOUR,
    shift: HOUR,
    inGap: '0 2 * * *',
    inOverlap: '0 2 * * *',
    firstShowing: -HOUR,
  },
  {
    name: 'Australia/Lord_Howe',
    spring: (year) => sunday(year, 10, 1) - 8.5 * HOUR,
    autumn: (year) => sunday(year, 4, 1) - 9 * HOUR,
    shift: HOUR / 2,
    inGap: '15 2 * * *',
    inOverlap: '45 1 * * *',
    firstShowing: -15 * MINUTE,
  },
];

for (const zone of zones) {
  describe(`daylight saving in ${zone.name}`, () => {
    test('a fixed time in the spring gap runs at the end of the gap, and at its time on all other days', () => {
      const slots = cronSlotTimes(zone.inGap, zone.name);
      for (const year of YEARS) {
        const change = zone.spring(year);
        assert.deepEqual(between(slots, change - 12 * HOUR, change + 12 * HOUR), [change], String(year));
        const others = between(slots, change - 100 * DAY, change + 100 * DAY).filter((slot) => slot !== change);
        assert.ok(others.length >= 199);
        for (const slot of others) assert.equal(clockTime(slot, zone.name), timeOf(zone.inGap));
      }
    });

    test('several fixed times in the spring gap run once, together with what is due at its end', () => {
      const gapEnd = Temporal.Instant.fromEpochMilliseconds(zone.spring(2026)).toZonedDateTimeISO(zone.name);
      const hourOfGap = timeOf(zone.inGap).slice(0, 2);
      const slots = cronSlotTimes(`1,5,20 ${Number(hourOfGap)},${gapEnd.hour} * * *`, zone.name);
      const change = zone.spring(2026);
      assert.equal(slots.next(change - 30 * MINUTE), change);
      assert.ok((slots.next(change) ?? 0) > change);
    });

    test('a fixed time in the autumn overlap runs once, the first time', () => {
      const slots = cronSlotTimes(zone.inOverlap, zone.name);
      for (const year of YEARS) {
        const change = zone.autumn(year);
        const first = change + zone.firstShowing;
        assert.deepEqual(between(slots, change - 12 * HOUR, change + 12 * HOUR), [first], String(year));
        assert.equal(clockTime(first, zone.name), clockTime(first + zone.shift, zone.name));
      }
    });

    test('a daily time runs once on each day of eight years', () => {
      for (const expression of [zone.inGap, zone.inOverlap, '0 0 * * *', '59 23 * * *']) {
        const slots = between(cronSlotTimes(expression, zone.name), Date.UTC(2023, 0, 1, 12), Date.UTC(2031, 0, 1, 12));
        const days = slots.map((slot) => localDay(slot, zone.name));
        assert.equal(new Set(days).size, 8 * 365 + 2, expression);
        assert.equal(days.length, 8 * 365 + 2, expression);
      }
    });

    for (const [expression, distance] of [
      ['* * * * *', MINUTE],
      ['*/15 * * * *', 15 * MINUTE],
      ['*/30 * * * *', 30 * MINUTE],
      ['0 */10 * * * *', 10 * MINUTE],
    ] as const) {
      test(`the interval schedule ${expression} never pauses and never doubles`, () => {
        const slots = cronSlotTimes(expression, zone.name);
        for (const change of YEARS.flatMap((year) => [zone.spring(year), zone.autumn(year)])) {
          const start = change - 5 * HOUR;
          const wanted = Array.from({ length: (10 * HOUR) / distance }, (_, n) => start + (n + 1) * distance);
          assert.deepEqual(between(slots, start, change + 5 * HOUR), wanted);
        }
      });
    }
  });
}

for (const { name, spring, autumn, shift } of zones.filter((zone) => zone.shift === HOUR)) {
  test(`an hourly schedule in ${name} runs every 60 minutes through both changes`, () => {
    const slots = cronSlotTimes('7 * * * *', name);
    for (const change of [spring(2026), autumn(2026)]) {
      const found = between(slots, change - 5 * HOUR, change + 5 * HOUR);
      assert.deepEqual(
        found.map((slot) => slot - change),
        Array.from({ length: 10 }, (_, n) => (n - 5) * shift + 7 * MINUTE),
      );
    }
  });
}

test('an hourly schedule on Lord Howe Island stays on its minute: one distance is 30 or 90 minutes', () => {
  for (const [expression, odd] of [
    ['45 * * * *', 30],
    ['0 * * * *', 90],
  ] as const) {
    const slots = cronSlotTimes(expression, 'Australia/Lord_Howe');
    for (const change of [sunday(2026, 10, 1) - 8.5 * HOUR, sunday(2026, 4, 1) - 9 * HOUR]) {
      const found = between(slots, change - 3 * HOUR, change + 3 * HOUR);
      const distances = found.slice(1).map((slot, n) => (slot - (found[n] ?? 0)) / MINUTE);
      assert.deepEqual(
        distances.filter((distance) => distance !== 60),
        [odd],
      );
    }
  }
});

test('every second hour is twelve fixed times: none is lost in spring, none doubled in autumn', () => {
  const [newYork] = zones;
  assert.ok(newYork);
  for (const expression of ['0 */2 * * *', '0 1-23/2 * * *']) {
    const slots = cronSlotTimes(expression, newYork.name);
    const changes: readonly number[] = YEARS.flatMap((year) => [newYork.spring(year), newYork.autumn(year)]);
    for (const change of changes) {
      const midnight = Temporal.Instant.fromEpochMilliseconds(change).toZonedDateTimeISO(newYork.name).startOfDay();
      const next = midnight.add({ days: 1 }).epochMilliseconds;
      assert.equal(between(slots, midnight.epochMilliseconds - 1, next - 1).length, 12, expression);
    }
  }
});

test('an interval schedule of some hours goes on through a repeated hour, and after a gap within its hours', () => {
  const [newYork] = zones;
  assert.ok(newYork);
  const slots = cronSlotTimes('*/30 1-3 * * *', newYork.name);
  const around = (change: number): number[] =>
    between(slots, change - 6 * HOUR, change + 6 * HOUR).map((slot) => (slot - change) / MINUTE);
  assert.deepEqual(around(newYork.spring(2026)), [-60, -30, 0, 30]);
  assert.deepEqual(around(newYork.autumn(2026)), [-60, -30, 0, 30, 60, 90, 120, 150]);
});

test('an interval schedule whose hours lie in the gap runs once at its end', () => {
  const [newYork] = zones;
  assert.ok(newYork);
  const change = newYork.spring(2026);
  const slots = cronSlotTimes('*/20 2 * * *', newYork.name);
  assert.deepEqual(between(slots, change - 6 * HOUR, change + 6 * HOUR), [change]);
});

test('a gap over midnight moves a slot of the lost hour to its end', () => {
  // Cuba changes its clocks at midnight: on 2026-03-08 0:00 becomes 1:00.
  const slots = cronSlotTimes('30 0 * * *', 'America/Havana');
  const found = between(slots, Date.UTC(2026, 2, 7, 12), Date.UTC(2026, 2, 9, 12));
  assert.deepEqual(
    found.map((slot) => clockTime(slot, 'America/Havana')),
    ['01:00', '00:30'],
  );
});

test('an interval schedule never pauses nor doubles where clocks go back over midnight', () => {
  // Newfoundland set its clocks back one minute after midnight: on 2010-11-07 0:01 became 23:01 of the day before.
  const change = Date.UTC(2010, 10, 7, 2, 31);
  const slots = cronSlotTimes('* * * * *', 'America/St_Johns');
  const wanted = Array.from({ length: 180 }, (_, n) => change + (n - 89) * MINUTE);
  assert.deepEqual(between(slots, change - 90 * MINUTE, change + 90 * MINUTE), wanted);
});

test('a day that a place skipped runs at the start of the next', () => {
  // Samoa went over the date line: there was no 30 December 2011.
  const found = between(cronSlotTimes('30 12 * * *', 'Pacific/Apia'), Date.UTC(2011, 11, 29), Date.UTC(2012, 0, 1));
  assert.deepEqual(
    found.map((slot) => new Date(slot).toISOString()),
    ['2011-12-29T22:30:00.000Z', '2011-12-30T10:00:00.000Z', '2011-12-30T22:30:00.000Z', '2011-12-31T22:30:00.000Z'],
  );
});

function between(slots: SlotTimes, after: number, until: number): number[] {
  const found: number[] = [];
  for (let slot = slots.next(after); slot !== undefined && slot <= until; slot = slots.next(slot)) found.push(slot);
  return found;
}

/** Midnight UTC of the nth Sunday of a month. */
function sunday(year: number, month: number, nth: number): number {
  const first = new Date(Date.UTC(year, month - 1, 1));
  return first.getTime() + (((7 - first.getUTCDay()) % 7) + 7 * (nth - 1)) * DAY;
}

function lastSunday(year: number, month: number): number {
  const last = new Date(Date.UTC(year, month, 0));
  return last.getTime() - last.getUTCDay() * DAY;
}

function clockTime(ms: number, timeZone: string): string {
  return formatter(timeZone, { hour: '2-digit', minute: '2-digit', hourCycle: 'h23' }).format(ms);
}

function localDay(ms: number, timeZone: string): string {
  return formatter(timeZone, { dateStyle: 'short' }).format(ms);
}

const formatters = new Map<string, Intl.DateTimeFormat>();

function formatter(timeZone: string, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormat {
  const key = timeZone + JSON.stringify(options);
  const known = formatters.get(key) ?? new Intl.DateTimeFormat('en-GB', { ...options, timeZone });
  formatters.set(key, known);
  return known;
}

/** `30 2 * * *` as `02:30`. */
function timeOf(expression: string): string {
  const [minute = '', hour = ''] = expression.split(' ');
  return `${hour.padStart(2, '0')}:${minute.padStart(2, '0')}`;
}
