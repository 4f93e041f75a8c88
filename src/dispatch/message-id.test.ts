import assert from 'node:assert/strict';
import { test } from 'node:test';
import { messageId } from './message-id.ts';

const event = { id: 'e1', source: 'queue:in', subject: 'in', time: 5n, headers: [], data: new Uint8Array() };

test('messageId is the same for every attempt at an event, and another for whatever else there is', () => {
  assert.equal(messageId('t', event, 0), messageId('t', { ...event, headers: [['later', 'x']] }, 0));
  const others = [
    messageId('t', event, 1),
    messageId('t', event, 'dead'),
    messageId('u', event, 0),
    messageId('t', { ...event, id: 'e2' }, 0),
    messageId('t', { ...event, source: 'queue:other' }, 0),
    messageId('t', { ...event, time: 6n }, 0),
  ];
  assert.equal(new Set([messageId('t', event, 0), ...others]).size, 7);
});
