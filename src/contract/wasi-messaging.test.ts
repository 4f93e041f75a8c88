import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Message } from '../capability/messaging/message.ts';
import { LoneInstance } from '../capability/testing/lone-instance.ts';
import type { Header } from '../event.ts';
import type { GuestEvent } from './contract.ts';
import { wasiMessaging } from './wasi-messaging.ts';

/** What the contract makes of a handler that does this with the message of an event with so many headers. */
function answerTo(headers: number, see: (message: Message) => void): unknown {
  const event: GuestEvent = {
    id: '1',
    source: 'test',
    subject: 'orders',
    time: 0n,
    attempt: 1,
    contentType: 'text/plain',
    headers: Array.from({ length: headers }, (_, n): Header => [`x-${n}`, 'value']),
    data: Buffer.from('data'),
  };
  const instance = new LoneInstance();
  const bound = wasiMessaging.bind({ handle: see }, () => instance);
  assert.ok('one' in bound);
  return bound.one(event);
}

test('wasiMessaging hands over an event with all of its headers, however many a sender wrote', () => {
  const answer = answerTo(5000, (message) => {
    assert.equal(message.topic(), 'orders');
    assert.equal(message.contentType(), 'text/plain');
    assert.equal(message.metadata()?.filter(([name]) => name.startsWith('x-')).length, 5000);
  });
  assert.deepEqual(answer, { kind: 'completed', messages: [] });
});

test('a guest may give a message 1,024 pairs of metadata, and its messages 64 MiB together', () => {
  const pairs = Array.from({ length: 1025 }, (_, n): Header => [`x-${n}`, 'value']);
  const half = new Uint8Array(40 * 2 ** 20);
  answerTo(0, (message) => {
    message.setMetadata(pairs.slice(1));
    assert.throws(() => message.setMetadata(pairs), /1024 pairs/);
    message.setData(half);
    const Other = message.constructor as typeof Message;
    assert.throws(() => new Other(message['host'], half), /67108864 bytes together/);
    message.setData(new Uint8Array());
    assert.equal(new Other(message['host'], half).data().length, half.length);
  });
});
