import assert from 'node:assert/strict';
import test from 'node:test';
import { jsonText, printable, printableColumns, printableLines } from './printable.ts';

/** A line end, colours, C1 control, bidi override, separators, half a pair, a tag outside of the BMP; and text that is none of these. */
const hostile = 'a\n\r\t\u001B[2J\u009B\u007F\u202E\u2066\u2028\u2029\uFEFF\uD800z\uDB40\uDC01';
const harmless = 'Zoë 東京 \\n 👩‍🚀 می‌خواهم';

test('printable writes what is not printable as JSON does, on one line', () => {
  assert.equal(
    printable(hostile),
    String.raw`a\n\r\t\u001b[2J\u009b\u007f\u202e\u2066\u2028\u2029\ufeff\ud800z\udb40\udc01`,
  );
  assert.equal(printable(harmless), harmless);
});

test('printableLines keeps line ends and tabs of the text, and nothing else', () => {
  assert.equal(printableLines('a\n\tb\r\u001B[2J'), 'a\n\tb\\r\\u001b[2J');
});

test('printableColumns keeps the columns of a text', () => {
  assert.equal(printableColumns('a\tb\u202E\uDB40\uDC01c'), 'a b\uFFFD\uFFFD\uFFFDc');
  assert.equal(printableColumns(hostile).length, hostile.length);
});

test('jsonText is the same value, without anything that a terminal acts on', () => {
  const value = { [hostile]: [hostile, harmless] };
  assert.deepEqual(JSON.parse(jsonText(value)), value);
  assert.doesNotMatch(jsonText(value), /(?![\u200C\u200D])[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}]/u);
  assert.equal(jsonText([1], 2), '[\n  1\n]');
});
