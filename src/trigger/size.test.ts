import assert from 'node:assert/strict';
import test from 'node:test';
import { z } from 'zod';
import { formatSize, parseSize, size } from './size.ts';

function complaint(schema: z.ZodType, value: unknown): string | undefined {
  return schema.safeParse(value).error?.issues[0]?.message;
}

test('size() reads powers of 1024 with an i, powers of 1000 without', () => {
  const read = ['0B', '512B', '1KB', '1KiB', '64MiB', '8MB', '1GiB', '2TB'].map((text) => size().parse(text));
  assert.deepEqual(read, [0, 512, 1000, 1024, 67_108_864, 8_000_000, 1_073_741_824, 2e12]);
});

test('size() refuses what has no unit or a wrong one', () => {
  for (const value of ['', '64', '64mib', '64M', '1.5GiB', '64 MiB', '-1B', 64]) {
    assert.equal(
      complaint(size(), value),
      `must be a size such as "512KiB", "64MiB" or "1GB", got ${JSON.stringify(value)}`,
    );
  }
});

test('size() says which bound was passed, and what came', () => {
  const schema = size({ min: '1MiB', max: '4GiB' });
  assert.equal(complaint(schema, '64KiB'), 'must be at least 1MiB, got 64KiB');
  assert.equal(complaint(schema, '5GiB'), 'must be at most 4GiB, got 5GiB');
  assert.deepEqual([schema.parse('1MiB'), schema.parse('4GiB')], [2 ** 20, 2 ** 32]);
});

test('size() prints as a JSON Schema of the text, with its default', () => {
  const printed = z.toJSONSchema(size({ min: '1MiB' }).prefault('64MiB'), { io: 'input' });
  assert.deepEqual([printed.type, printed.default, printed['range']], ['string', '64MiB', 'at least 1MiB']);
});

test('formatSize writes what parseSize reads back, in the largest unit that fits', () => {
  assert.deepEqual([0, 1000, 1536, 67_108_864, 1_610_612_736].map(formatSize), [
    '0B',
    '1KB',
    '1536B',
    '64MiB',
    '1536MiB',
  ]);
  for (const bytes of [0, 1, 1023, 1024, 8_000_000, 2 ** 41]) assert.equal(parseSize(formatSize(bytes)), bytes);
});
