import assert from 'node:assert/strict';
import { test } from 'node:test';
import { decodeKey, encodeKey } from './bucket-key.ts';

test('encodeKey makes any text a key that a bucket takes, and decodeKey gives it back', () => {
  for (const key of [
    '',
    'a',
    'cron.report.2026-01-01T07:00:00Z',
    '.',
    '..',
    '...',
    'a..b',
    '.a.',
    'a b*>',
    '=',
    '=41',
    '%41',
    'Grüße 🌊',
    'a/b_c-d',
  ]) {
    const encoded = encodeKey(key);
    assert.match(encoded, /^(?!\.)(?!.*\.\.)[-/=.\w]+(?<!\.)$/, key);
    assert.equal(decodeKey(encoded), key);
  }
  assert.equal(encodeKey('cron.report.a'), 'cron.report.a');
});

test('decodeKey leaves a key alone that was not encoded', () => {
  assert.equal(decodeKey('a=ZZ'), 'a=ZZ');
});
