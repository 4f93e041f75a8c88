import assert from 'node:assert/strict';
import { test } from 'node:test';
import { cutText } from './cut-text.ts';

test('cutText leaves a text that is short enough as it is', () => {
  for (const text of ['', 'abc', 'grün', '\u{1f600}', '\ud800']) assert.equal(cutText(text, 4), text);
});

test('cutText marks what it cuts, and cuts no character in two', () => {
  assert.equal(cutText('abcdef', 4), 'abcd…');
  assert.equal(cutText('abc\u{1f600}def', 4), 'abc…');
  assert.equal(cutText('ab\u{1f600}def', 4), 'ab\u{1f600}…');
});
