import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { issueWording } from './issue-wording.ts';

function wording(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value, { error: issueWording, reportInput: true }).error?.issues[0]?.message;
}

test('issueWording says what was wanted and what came', () => {
  const cases: readonly (readonly [z.ZodType, unknown, string])[] = [
    [z.string(), 5, 'must be a string, got 5'],
    [z.string(), undefined, 'is required: a string'],
    [z.number(), '5', 'must be a number, got "5"'],
    [z.number(), new Date(0), 'must be a number, got a date'],
    [z.boolean(), {}, 'must be true or false, got a table'],
    [z.array(z.string()), 'a', 'must be an array, got "a"'],
    [z.record(z.string(), z.string()), [1], 'must be a table, got an array'],
    [z.int(), 1.5, 'must be a whole number, got 1.5'],
    [z.int().min(1), 0, 'must be at least 1, got 0'],
    [z.int().max(9), 10, 'must be at most 9, got 10'],
    [z.int().multipleOf(4), 6, 'must be a multiple of 4, got 6'],
    [z.string().min(1), '', 'must not be empty'],
    [z.string().max(3), 'abcd', 'must have at most 3 characters, got 4'],
    [z.array(z.string()).min(2), ['a'], 'must have at least 2 entries, got 1'],
    [z.enum(['a', 'b', 'c']), 'd', 'must be "a", "b" or "c", got "d"'],
    [z.literal('off'), 1, 'must be "off", got 1'],
    [z.url(), 'x', 'must be a URL, got "x"'],
    [z.string().regex(/^a$/), 'b', 'must be of the form /^a$/, got "b"'],
    [z.union([z.literal('off'), z.int()]), 'on', 'must be "off" or a number, got "on"'],
    [z.union([z.literal('off'), z.number({ error: 'nope' })]), 'on', 'matches none of the allowed forms, got "on"'],
  ];
  for (const [schema, value, expected] of cases) assert.equal(wording(schema, value) ?? '', expected);
});

test('issueWording cuts long values short', () => {
  assert.equal(wording(z.number(), 'x'.repeat(100)), `must be a number, got "${'x'.repeat(56)}...`);
});

test('issueWording leaves the last word to the schema', () => {
  assert.equal(wording(z.string({ error: 'must be nice' }), 5), 'must be nice');
});
