import assert from 'node:assert/strict';
import test from 'node:test';
import { paintFor } from './paint.ts';

const terminal = { write: () => {}, isTerminal: true };
const red = '\u001B[31mno\u001B[39m';

test('paintFor colours a terminal', () => {
  assert.equal(paintFor(terminal, {}, true)('red', 'no'), red);
  assert.equal(paintFor(terminal, { NO_COLOR: '', CI: '' }, true)('red', 'no'), red);
});

test('paintFor leaves text alone for NO_COLOR, CI, --no-color, and where nobody looks', () => {
  const paints = [
    paintFor(terminal, { NO_COLOR: '1' }, true),
    paintFor(terminal, { CI: 'true' }, true),
    paintFor(terminal, {}, false),
    paintFor({ ...terminal, isTerminal: false }, {}, true),
  ];
  assert.deepEqual(
    paints.map((paint) => paint('red', 'no')),
    ['no', 'no', 'no', 'no'],
  );
});
