import assert from 'node:assert/strict';
import { test } from 'node:test';
import { outputBytes } from './outcome.ts';

test('outputBytes counts everything that a message holds', () => {
  const empty = outputBytes([{ to: '', headers: [], data: new Uint8Array() }]);
  const full = outputBytes([
    {
      to: 'out',
      key: new Uint8Array(10),
      contentType: 'text/plain',
      headers: [['name', 'value']],
      data: new Uint8Array(1000),
    },
  ]);
  assert.ok((8 * 2 ** 20) / empty < 20_000, 'as many as main can publish without a long pause');
  assert.ok(full >= empty + 3 + 10 + 10 + 9 + 1000, `${full}`);
  assert.equal(outputBytes([]), 0);
});
