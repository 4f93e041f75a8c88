import { createTask, type CronFieldError, type ParsedFields, type ScheduledTask, validateDetailed } from 'node-cron';

/** A parsed cron expression. node-cron matches days; we step through times of day ourselves. */
export interface Schedule {
  readonly seconds: readonly number[];
  readonly minutes: readonly number[];
  readonly hours: readonly number[];
  /**
   * Whether it repeats within the hour or runs in every hour: the minute field has a `*` or a step, or the hour field covers the whole day.
   * Interval schedules follow real time through a repeated hour; all others name fixed times of day. See `../README.md`.
   */
  readonly interval: boolean;
  /** Whether it runs on a day of the calendar, counted from 1970-01-01. */
  matchesDay(day: number): boolean;
}

const DAY_MS = 86_400_000;

/**
 * Within 40 years every kind of year occurs (leap or not, by its first weekday): a year divisible by 100 but not by 400 extends the usual 28 years
 * to 40. An expression that matches no day in that time never matches.
 */
export const ALL_KINDS_OF_YEARS_DAYS = 41 * 366;

interface Field {
  /** As node-cron's errors name it. */
  readonly key: string;
  readonly name: string;
  readonly wanted: string;
  /** The largest useful step. */
  readonly size: number;
}

const SECOND: Field = { key: 'second', name: 'second', wanted: '0-59', size: 60 };
const FIELDS: readonly Field[] = [
  { key: 'minute', name: 'minute', wanted: '0-59', size: 60 },
  { key: 'hour', name: 'hour', wanted: '0-23', size: 24 },
  { key: 'dayOfMonth', name: 'day of the month', wanted: '1-31, L, L-3 or 15W', size: 31 },
  { key: 'month', name: 'month', wanted: '1-12 or JAN-DEC', size: 12 },
  { key: 'dayOfWeek', name: 'day of the week', wanted: '0-7 or SUN-SAT, 5L or 2#3', size: 7 },
];

/** The problems of an expression, each with its position; empty if it can be parsed and matches some day. */
export function scheduleProblems(text: string): readonly string[] {
  const otherKey = keyFor(text);
  if (otherKey !== undefined) return [otherKey];
  const { valid, errors } = validateDetailed(text);
  if (!valid) return errors.map((error) => explain(text, error));
  const steps = fieldsOf(text).flatMap(longStep);
  if (steps.length > 0) return steps;
  return matchesSomeDay(parseSchedule(text)) ? [] : [neverMatches];
}

/** Other schedulers take these within the expression; here each has its own key. */
function keyFor(text: string): string | undefined {
  const words = text.trim().split(/\s+/);
  const [first = '', ...rest] = words;
  const zone = /^(?:CRON_TZ|TZ)=(.*)$/.exec(first)?.[1];
  if (zone !== undefined) {
    return `contains a time zone, which has its own key: write schedule = "${rest.join(' ')}" and timezone = "${zone}"`;
  }
  if (first.toLowerCase() !== '@every') return undefined;
  return `contains an interval, which has its own key: write every = "${rest[0] ?? '5m'}" instead of schedule`;
}

const FORMS =
  'wanted 5 fields as in "0 5 * * *", 6 with seconds first, or @yearly, @monthly, @weekly, @daily or @hourly; for intervals there is every = "5m"';

const neverMatches = 'never matches: no year has such a day';

/** Throws a TypeError if `scheduleProblems` finds one. */
export function parseSchedule(text: string): Schedule {
  const { fields } = validateDetailed(text);
  if (fields === undefined) throw new TypeError(`not a cron expression: '${text}'`);
  const { dayOfMonth, month, dayOfWeek } = fields;
  // node-cron decides about values such as `L` and `2#3`. All others are decided without it: the first task costs 25 ms, a match 20 us.
  const isJudged = [...dayOfMonth, ...dayOfWeek].some((value) => typeof value === 'string');
  const task = isJudged ? taskOf(fields) : undefined;
  const minuteText = text.trim().split(/\s+/).at(-5) ?? '';
  return {
    seconds: ascending(fields.second),
    minutes: ascending(fields.minute),
    hours: ascending(fields.hour),
    interval: /[*/]/.test(minuteText) || new Set(fields.hour).size === 24,
    matchesDay(day) {
      const date = new Date(day * DAY_MS);
      return (
        month.includes(date.getUTCMonth() + 1) &&
        mayMatch(dayOfMonth, date.getUTCDate()) &&
        mayMatch(dayOfWeek, date.getUTCDay()) &&
        (task === undefined || task.match(date))
      );
    },
  };
}

/** Matches the days of an expression. */
function taskOf({ dayOfMonth, month, dayOfWeek }: ParsedFields): ScheduledTask {
  const days = `0 0 ${dayOfMonth.join()} ${month.join()} ${dayOfWeek.join()}`;
  const task = createTask(days, () => {}, { timezone: 'UTC' });
  // node-cron keeps a list of tasks; a destroyed one still matches.
  void task.destroy();
  return task;
}

function mayMatch(values: readonly (number | string)[], value: number): boolean {
  return values.includes(value) || values.some((other) => typeof other === 'string');
}

function matchesSomeDay(schedule: Schedule): boolean {
  for (let day = 0; day <= ALL_KINDS_OF_YEARS_DAYS; day += 1) if (schedule.matchesDay(day)) return true;
  return false;
}

function ascending(values: readonly number[]): readonly number[] {
  return [...new Set(values)].sort((a, b) => a - b);
}

interface PlacedField extends Field {
  readonly text: string;
  /** 1-based. */
  readonly column: number;
}

/** Empty for an alias such as `@daily`, and for any text without 5 or 6 fields. */
function fieldsOf(text: string): readonly PlacedField[] {
  const words = [...text.matchAll(/\S+/g)];
  const fields = words.length === 6 ? [SECOND, ...FIELDS] : FIELDS;
  if (words.length !== fields.length) return [];
  return fields.map((field, at) => ({ ...field, text: words[at]?.[0] ?? '', column: (words[at]?.index ?? 0) + 1 }));
}

function explain(text: string, { field, value = '', message }: CronFieldError): string {
  const place = fieldsOf(text).find(({ key }) => key === field);
  if (place === undefined) return `is not a cron expression: ${fieldsOf(text).length === 0 ? FORMS : message}`;
  if (message.includes('impossible')) return neverMatches;
  const column = place.column + Math.max(0, place.text.indexOf(value));
  return `has "${value}" as ${place.name} at column ${column}, wanted ${place.wanted}`;
}

/** `*\/90` in the minute field means once an hour: certainly a mistake. */
function longStep({ text, name, size, column }: PlacedField): string[] {
  const step = Math.max(1, ...text.matchAll(/\/(\d+)/g).map(([, digits]) => Number(digits)));
  return step <= size
    ? []
    : [`has a step of ${step} as ${name} at column ${column}, wanted at most ${size}; see "every"`];
}

/** The problem with the name of a time zone; `undefined` if the runtime's IANA database knows it. */
export function timezoneProblem(name: string): string | undefined {
  if (isZone(name)) return undefined;
  const city = `/${name.toLowerCase()}`;
  const meant = Intl.supportedValuesOf('timeZone').find((zone) => zone.toLowerCase().endsWith(city));
  return `must be an IANA time zone such as "${meant ?? 'Europe/Berlin'}", got ${JSON.stringify(name)}`;
}

/** Offsets such as `+02:00` are not accepted: people may expect daylight saving from them, which they don't have. */
function isZone(name: string): boolean {
  if (/^[+-]/.test(name)) return false;
  try {
    return new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone !== '';
  } catch {
    return false;
  }
}
