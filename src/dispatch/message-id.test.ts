import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageId } from './message-id.ts';

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
