import assert from 'node:assert/strict';
import { test } from 'node:test';
import { z } from 'zod';
import { cronOptions, describeSchedule } from './options.ts';

function problems(options: object): string[] {
  const { error } = cronOptions.safeParse(options);
  return (error?.issues ?? []).map(({ path, message }) => `${path.join('.')} ${message}`);
}

test('options have the documented defaults', () => {
  assert.deepEqual(cronOptions.parse({ schedule: '0 7 * * *' }), {
    schedule: '0 7 * * *',
    overlap: 'skip',
    catchUp: { policy: 'latest', withinMs: 3_600_000, max: 100 },
    jitterMs: 0,
    payload: undefined,
    contentType: undefined,
    leaseMs: 30_000,
    runAtStart: false,
    keepMs: 7 * 86_400_000,
  });
});

for (const [given, catchUp] of [
  ['none', { policy: 'none', withinMs: 3_600_000, max: 100 }],
  ['latest', { policy: 'latest', withinMs: 3_600_000, max: 100 }],
  ['all', { policy: 'all', withinMs: 3_600_000, max: 100 }],
  ['2h', { policy: 'latest', withinMs: 7_200_000, max: 100 }],
  [
    { policy: 'all', max: 5, within: '1d' },
    { policy: 'all', withinMs: 86_400_000, max: 5 },
  ],
  [{ within: '10m' }, { policy: 'latest', withinMs: 600_000, max: 100 }],
] as const) {
  test(`catch_up = ${JSON.stringify(given)} is read`, () => {
    assert.deepEqual(cronOptions.parse({ every: '1m', catch_up: given }).catchUp, catchUp);
  });
}

for (const [options, ...wanted] of [
  [{}, 'schedule is required, or "every"'],
  [{ schedule: '* * * * *', every: '1m' }, 'every must not be given beside "schedule"'],
  [
    { schedule: 'CRON_TZ=Europe/Berlin 0 7 * * *' },
    'schedule contains a time zone, which has its own key: write schedule = "0 7 * * *" and timezone = "Europe/Berlin"',
  ],
  [
    { schedule: 'TZ=UTC @daily' },
    'schedule contains a time zone, which has its own key: write schedule = "@daily" and timezone = "UTC"',
  ],
  [
    { schedule: '@every 5m' },
    'schedule contains an interval, which has its own key: write every = "5m" instead of schedule',
  ],
  [{ every: '1m', payload: { n: Number.NaN } }, 'payload.n must be a number that JSON has, got nan'],
  [{ every: '1m', payload: { a: [1, { b: -Infinity }] } }, 'payload.a.1.b must be a number that JSON has, got -inf'],
  [{ every: '1m', timezone: 'UTC' }, 'timezone goes with "schedule", not "every"'],
  [{ every: '1s500ms' }, 'every must be whole seconds, got 1s500ms'],
  [{ every: '999ms' }, 'every must be at least 1s, got 999ms'],
  [{ every: '30s', jitter: '30s' }, 'jitter must be less than the time between two slots (30s)'],
  [{ schedule: '0 7,8 * * MON', jitter: '1h' }, 'jitter must be less than the time between two slots (1h)'],
  [
    { schedule: '0 24 * * *', timezone: 'Berlin' },
    'schedule has "24" as hour at column 3, wanted 0-23',
    'timezone must be an IANA time zone such as "Europe/Berlin", got "Berlin"',
  ],
  [
    { schedule: '0 7 * * *', timezone: '+02:00' },
    'timezone must be an IANA time zone such as "Europe/Berlin", got "+02:00"',
  ],
  [
    { every: '1m', catch_up: { policy: 'all', within: 'x' } },
    'catch_up within must be a duration such as "200ms", "5s" or "1h30m", got "x"',
  ],
] as const) {
  test(`${JSON.stringify(options)} is refused: ${wanted.join('; ')}`, () => {
    assert.deepEqual(problems(options), wanted);
  });
}

test('a table as payload becomes JSON, and says so; text is text', () => {
  const table = cronOptions.parse({ every: '1m', payload: { report: 'daily', rows: 10 } });
  assert.deepEqual([table.payload, table.contentType], ['{"report":"daily","rows":10}', 'application/json']);
  const text = cronOptions.parse({ every: '1m', payload: 'hello' });
  assert.deepEqual([text.payload, text.contentType], ['hello', 'text/plain; charset=utf-8']);
  const own = cronOptions.parse({ every: '1m', payload: '<a/>', content_type: 'text/xml' });
  assert.equal(own.contentType, 'text/xml');
});

test('the schema has a JSON Schema that names every key', () => {
  const { properties } = z.toJSONSchema(cronOptions, { io: 'input' });
  assert.deepEqual(Object.keys(properties ?? {}).sort(), [
    'catch_up',
    'content_type',
    'every',
    'jitter',
    'keep',
    'lease',
    'overlap',
    'payload',
    'run_at_start',
    'schedule',
    'timezone',
  ]);
});

test('a schedule reads as it was written, with its time zone', () => {
  const reading = (options: object): string => describeSchedule(cronOptions.parse(options));
  assert.equal(reading({ schedule: '0 7 * * 1-5', timezone: 'Europe/Berlin' }), '0 7 * * 1-5 (Europe/Berlin)');
  assert.equal(reading({ schedule: '@daily' }), '@daily');
  assert.equal(reading({ every: '90s' }), 'every 1m30s');
});
