import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from '../../errors.ts';
import { isAway } from './persist.ts';

test('isAway takes passing failures for a reason to try again, except of a settlement that came too late', () => {
  const failures = [
    new SluiceError('SLU3002', 'not confirmed', { transient: true }),
    new SluiceError('SLU3003', 'too late', { transient: true }),
    new SluiceError('SLU3004', 'too large'),
    new TypeError('a mistake'),
  ];
  assert.deepEqual(failures.map(isAway), [true, false, false, false]);
});
