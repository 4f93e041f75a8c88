import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { duration } from './duration.ts';
import { formatDuration, parseDuration } from './duration-text.ts';

function complaint(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

test('duration() reads each unit, and units from the largest to the smallest', () => {
  const read = ['0s', '200ms', '5s', '2m', '1h', '7d', '1h30m', '1m30s', '5m5ms'].map((text) => duration().parse(text));
  assert.deepEqual(read, [0, 200, 5000, 120_000, 3_600_000, 604_800_000, 5_400_000, 90_000, 300_005]);
});

test('duration() refuses what has no unit, a wrong unit, or units in another order', () => {
  for (const value of ['', '5', '1.5s', '5 s', '-5s', '30m1h', '5s5s', '5min', 'PT5S', 5, null]) {
    assert.equal(
      complaint(duration(), value),
      `must be a duration such as "200ms", "5s" or "1h30m", got ${JSON.stringify(value)}`,
    );
  }
});

test('duration() says which bound was passed, and what came', () => {
  const schema = duration({ min: '1s', max: '1h' });
  assert.equal(complaint(schema, '999ms'), 'must be at least 1s, got 999ms');
  assert.equal(complaint(schema, '61m'), 'must be at most 1h, got 61m');
  assert.deepEqual([schema.parse('1s'), schema.parse('60m')], [1000, 3_600_000]);
});

test('duration() says that a missing one is required', () => {
  assert.equal(complaint(duration(), undefined), 'is required: a duration such as "200ms", "5s" or "1h30m"');
});

test('duration() prints as a JSON Schema of the text, with its default and a pattern that agrees with the reader', () => {
  const printed = z.toJSONSchema(duration({ max: '1h' }).prefault('30s'), { io: 'input' });
  assert.equal(printed.type, 'string');
  assert.equal(printed.default, '30s');
  assert.equal(printed['range'], 'at most 1h');
  const pattern = new RegExp(printed.pattern ?? '$.');
  assert.deepEqual(
    ['1h30m', '5s', '', '5', '30m1h'].map((text) => pattern.test(text)),
    [true, true, false, false, false],
  );
});

test('duration() refuses a bound that is no duration where it is written', () => {
  assert.throws(() => duration({ min: '5' }), TypeError);
});

test('formatDuration writes what parseDuration reads back', () => {
  assert.deepEqual([0, 1, 90_000, 5_400_000].map(formatDuration), ['0ms', '1ms', '1m30s', '1h30m']);
  for (const ms of [0, 7, 1001, 86_399_999, 1_000_000_007]) assert.equal(parseDuration(formatDuration(ms)), ms);
});

test('parseDuration refuses what a number cannot hold', () => {
  assert.equal(parseDuration(`${'9'.repeat(20)}d`), undefined);
});
