import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cachedText } from './bytes-memo.ts';

test('cachedText gives the text of the bytes, however many names there were before', () => {
  const names = Array.from({ length: 5000 }, (_, n) => `name-${n % 1700}-ä`);
  for (const name of [...names, '', 'x'.repeat(65), ...names]) {
    const bytes = Buffer.from(`<${name}>`);
    assert.equal(cachedText(bytes, 1, bytes.byteLength - 1), name);
  }
});

test('cachedText keeps no hold on the bytes that it was given', () => {
  const bytes = Buffer.from('traceparent');
  cachedText(bytes, 0, bytes.byteLength);
  bytes.fill('x');
  assert.equal(cachedText(Buffer.from('traceparent'), 0, 11), 'traceparent');
  assert.equal(cachedText(bytes, 0, 11), 'xxxxxxxxxxx');
});
