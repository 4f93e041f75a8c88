import assert from 'node:assert/strict';
import { test } from 'node:test';
import { hopsOf, messageId, withHops, withoutHops } from './published-message.ts';

test('hops are counted from what the event says, and from 0 when that is no count', () => {
  const counts = ['7', '0', '-1', '1e9', '9'.repeat(10), ' 3', ''].map((value) => hopsOf([['Sluice-Hops', value]]));
  assert.deepEqual([...counts, hopsOf([])], [7, 0, 0, 0, 0, 0, 0, 0]);
});

test('the count takes the place of any that is there, whatever its case, and leaves other headers as they are', () => {
  const given = [
    ['a', '1'],
    ['SLUICE-HOPS', '99'],
    ['a', '2'],
    ['sluice-hops', '5'],
  ] as const;
  assert.deepEqual(withHops(given, 6), [
    ['a', '1'],
    ['a', '2'],
    ['sluice-hops', '6'],
  ]);
  assert.deepEqual(withoutHops(given), [
    ['a', '1'],
    ['a', '2'],
  ]);
});

const position = 'orders/1kz/17/1699999999123456789';

test('messageId is the same for every attempt at an event, and another for whatever else there is', () => {
  assert.equal(messageId('t', { position }, 0), messageId('t', { position }, 0));
  const others = [
    messageId('t', { position }, 1),
    messageId('t', { position }, 'dead'),
    messageId('u', { position }, 0),
    messageId('t', { position: 'orders/1kz/18/1699999999123456789' }, 0),
  ];
  assert.equal(new Set([messageId('t', { position }, 0), ...others]).size, 5);
});
