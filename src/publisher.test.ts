import assert from 'node:assert/strict';
import { test } from 'node:test';
import { SluiceError } from './errors.ts';
import { refusalOf } from './publisher.ts';

test('a refusal is of the message, passing, or of the destination, and stays so when its place is added', () => {
  const refusals = [
    new SluiceError('SLU3004', 'too large', { ofMessage: true }),
    new SluiceError('SLU3002', 'not confirmed', { transient: true }),
    new SluiceError('SLU3307', 'not allowed'),
  ];
  const wanted = ['message', 'away', 'destination'];
  assert.deepEqual(refusals.map(refusalOf), wanted);
  assert.deepEqual(
    refusals.map((error) => refusalOf(error.at({ connection: 'main' }))),
    wanted,
  );
});

test('an error without a code costs its own message alone', () => {
  assert.deepEqual([new TypeError('a mistake'), 'text', undefined].map(refusalOf), ['message', 'message', 'message']);
});
