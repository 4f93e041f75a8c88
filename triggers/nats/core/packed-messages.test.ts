import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Msg } from '@nats-io/transport-node';
import { encoded, headersOf } from '../messages/header-block.ts';
import { PackedMessages } from './packed-messages.ts';

interface Sent {
  readonly subject: string;
  readonly reply: string;
  readonly headers: readonly (readonly [string, string])[];
  readonly data: Buffer;
}

/** As the client makes it: views on what it read, of which `data` follows the header block. */
function received({ subject, reply, headers, data }: Sent): Msg {
  const block = headers.length === 0 ? Buffer.alloc(0) : encoded(headers);
  const read = Buffer.concat([Buffer.from('before'), block, data]);
  const parts = {
    data: read.subarray(6 + block.byteLength),
    _msg: {
      subject: Buffer.from(subject),
      ...(reply !== '' && { reply: Buffer.from(reply) }),
      hdr: block.byteLength === 0 ? -1 : block.byteLength,
    },
  };
  return parts as unknown as Msg; // as much of it as is looked at
}

/** Messages of every form, in more bytes than a block has; one alone is larger than a block. */
const sent = Array.from({ length: 2000 }, (_, n): Sent => ({
  subject: n % 7 === 0 ? `orders.größe.${n}` : `orders.${n % 3}`,
  reply: n % 5 === 0 ? `_INBOX.${n}` : '',
  headers: n % 4 === 0 ? [[`name-${n}`, 'wert ü']] : [],
  data: Buffer.alloc(n === 1000 ? 200_000 : n % 150, n),
}));

function taken(messages: PackedMessages, most: number): Sent[] {
  return messages.take(most).map((msg) => {
    const { subject, reply, data } = msg;
    return { subject, reply, headers: headersOf(msg).headers, data: Buffer.from(data) };
  });
}

test('PackedMessages gives back each message as it was, in order, however many are put and taken at a time', () => {
  for (const [putAtOnce, takenAtOnce] of [
    [1, 1],
    [2000, 17],
    [300, 200],
    [5, Infinity],
  ] as const) {
    const messages = new PackedMessages();
    const back: Sent[] = [];
    for (let n = 0; n < sent.length; n += putAtOnce) {
      for (const one of sent.slice(n, n + putAtOnce)) messages.put(received(one));
      back.push(...taken(messages, takenAtOnce));
    }
    assert.equal(messages.size, sent.length - back.length);
    while (messages.size > 0) back.push(...taken(messages, takenAtOnce));
    assert.deepEqual(back, sent);
    assert.deepEqual(messages.take(1), []);
  }
});

test('PackedMessages writes nothing over what was taken', () => {
  const messages = new PackedMessages();
  for (const one of sent.slice(0, 10)) messages.put(received(one));
  const first = messages.take(10).map(({ data }) => data);
  for (const one of sent) messages.put(received(one));
  assert.deepEqual(
    first.map((data) => Buffer.from(data)),
    sent.slice(0, 10).map(({ data }) => data),
  );
});
