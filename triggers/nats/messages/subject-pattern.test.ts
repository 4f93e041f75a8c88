import assert from 'node:assert/strict';
import { test } from 'node:test';
import { matches, overlap } from './subject-pattern.ts';

test('matches follows the rules of subscriptions', () => {
  for (const [pattern, subject, wanted] of [
    ['a.b', 'a.b', true],
    ['a.b', 'a.b.c', false],
    ['a.b.c', 'a.b', false],
    ['a.*', 'a.b', true],
    ['a.*', 'a', false],
    ['a.*', 'a.b.c', false],
    ['*.b.*', 'a.b.c', true],
    ['a.>', 'a.b.c', true],
    ['a.>', 'a', false],
    ['>', 'a', true],
    ['a.*.>', 'a.b', false],
    ['a*', 'ab', false],
  ] as const)
    assert.equal(matches(pattern, subject), wanted, `${pattern} ${subject}`);
});

test('overlap finds whether two patterns have a subject in common, either way round', () => {
  for (const [one, other, wanted] of [
    ['a.b', 'a.b', true],
    ['a.*', '*.b', true],
    ['a.>', '*.b', true],
    ['a.>', 'a', false],
    ['a.*', 'a.b.c', false],
    ['a.b.>', 'a.*', false],
    ['a.b', 'b.*', false],
    ['>', 'x.y.z', true],
    ['*.*', 'a.>', true],
  ] as const) {
    assert.equal(overlap(one, other), wanted, `${one} ${other}`);
    assert.equal(overlap(other, one), wanted, `${other} ${one}`);
  }
});
