import assert from 'node:assert/strict';
import { test } from 'node:test';
import { readAttempts, writeAttempts } from './attempts-note.ts';

test('attempts are read back as they were noted', () => {
  const attempts = new Map([
    [105, 2],
    [117, 1],
    [1_000_000, 4],
  ]);
  assert.equal(writeAttempts(100, attempts), 'v1 5:2 17:1 999900:4');
  assert.deepEqual(readAttempts(100, writeAttempts(100, attempts)), attempts);
  assert.equal(writeAttempts(100, new Map()), '');
});

test('a note stays within what a broker takes, and keeps the lowest offsets', () => {
  const many = new Map(Array.from({ length: 2000 }, (_, n) => [1999 - n, 3]));
  const note = writeAttempts(0, many);
  assert.ok(note.length <= 4096);
  const kept = readAttempts(0, note);
  assert.ok(kept.size > 400);
  assert.deepEqual(
    [...kept.keys()],
    Array.from({ length: kept.size }, (_, n) => n),
  );
});

test('metadata of other programs is nothing', () => {
  for (const note of ['', 'v2 1:1', 'consumer-7', 'v1', 'v1 1:', '{"a":1}', 'v1 1:1 x']) {
    assert.deepEqual(readAttempts(5, note), new Map(), note);
  }
});
