import assert from 'node:assert/strict';
import test from 'node:test';
import { renderFrame } from './frame.ts';
import { plain } from './paint.ts';

test('renderFrame underlines a piece of a line', () => {
  assert.equal(renderFrame({ text: 'a = 1', start: 4, length: 1 }, 7, plain), '  7 | a = 1\n    |     ^');
});

test('renderFrame keeps what is marked in sight on a long line', () => {
  const text = `${'x'.repeat(150)}HERE${'y'.repeat(150)}`;
  const [shown = '', marks = ''] = renderFrame({ text, start: 150, length: 4 }, 1, plain).split('\n');
  assert.equal(shown.length, '  1 | '.length + 100);
  assert.equal(shown.slice(marks.indexOf('^'), marks.lastIndexOf('^') + 1), 'HERE');
});

test('renderFrame cuts marks off where the line ends', () => {
  const text = 'z'.repeat(200);
  const [shown = '', marks = ''] = renderFrame({ text, start: 190, length: 10 }, 1, plain).split('\n');
  assert.equal(marks.length, shown.length);
  assert.match(renderFrame({ text, start: 0, length: 200 }, 1, plain), / \^{100}$/);
});

test('renderFrame marks the place behind a line that ends too soon', () => {
  assert.equal(renderFrame({ text: 'a = "', start: 5, length: 1 }, 1, plain), '  1 | a = "\n    |      ^');
});

test('renderFrame shows a tab as one column', () => {
  assert.equal(renderFrame({ text: '\ta = 1', start: 1, length: 1 }, 1, plain), '  1 |  a = 1\n    |  ^');
});
