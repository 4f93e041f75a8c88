import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { Msg } from '@nats-io/transport-node';
import { encoded, headersOf } from './header-block.ts';

/** A message as the client makes it: one buffer, of which `data` is the end. */
function message(block: string, data = 'data', subject = 'größe'): Msg {
  const bytes = Buffer.from(block + data);
  const length = Buffer.byteLength(block);
  const parts = { subject, data: bytes.subarray(length), _msg: { hdr: length === 0 ? -1 : length } };
  return parts as unknown as Msg; // as much of it as is looked at
}

test('headersOf keeps order, case, repeated names, and names that are not valid', () => {
  const block = 'NATS/1.0\r\nB: 1\r\na:2\r\nB:  3 \r\nnot valid: 4\r\nempty:\r\n\r\n';
  assert.deepEqual(headersOf(message(block)).headers, [
    ['B', '1'],
    ['a', '2'],
    ['B', '3'],
    ['not valid', '4'],
    ['empty', ''],
  ]);
});

test('headersOf reads the status line of messages of the server', () => {
  const { status, description, headers } = headersOf(
    message('NATS/1.0 409 Consumer Deleted\r\nNats-Pending-Messages: 3\r\n\r\n', ''),
  );
  assert.deepEqual([status, description, headers], [409, 'Consumer Deleted', [['Nats-Pending-Messages', '3']]]);
  assert.deepEqual(headersOf(message('NATS/1.0 100\r\n\r\n', '')).status, 100);
});

test('headersOf of a message without headers is empty', () => {
  assert.deepEqual(headersOf(message('')), { status: 0, description: '', headers: [] });
});

test('headersOf does not fail on bytes that are no UTF-8, nor on lines without a colon', () => {
  const block = Buffer.from('NATS/1.0\r\na: \xff\r\nnonsense\r\n: no name\r\n\r\n', 'latin1');
  const bytes = Buffer.concat([block, Buffer.from('x')]);
  const parts = { subject: 's', data: bytes.subarray(block.length), _msg: { hdr: block.length } };
  assert.deepEqual(headersOf(parts as unknown as Msg).headers, [
    ['a', '\ufffd'],
    ['nonsense', ''],
    ['', 'no name'],
  ]);
});

test('headersOf keeps what is in a value, but for blanks around it', () => {
  const blanks = ' '.repeat(200_000);
  const block = `NATS/1.0 \n?\r\na: \u00a0x\ufeff\t \r\nb:x${blanks}y\r\nc: a:b\nc\r\n\r\n`;
  assert.deepEqual(headersOf(message(block)).headers, [
    ['a', '\u00a0x\ufeff'],
    ['b', `x${blanks}y`],
    ['c', 'a:b\nc'],
  ]);
});

test('encoded writes what headersOf reads', () => {
  const headers = [
    ['B', '1'],
    ['a', 'ü: x'],
    ['B', ''],
  ] as const;
  const block = Buffer.from(encoded(headers)).toString();
  assert.equal(block, 'NATS/1.0\r\nB: 1\r\na: ü: x\r\nB: \r\n\r\n');
  assert.deepEqual(headersOf(message(block)).headers, headers);
});

test('encoded makes every header one that NATS can carry, and reads back as one', () => {
  const headers = [
    ['', 'x'],
    ['a b', 'x'],
    ['a:b', 'x'],
    ['ä', 'x'],
    ['lone\ud800', 'x\ud800'],
    ['a', 'x\r\nb: y'],
    ['a', 'x\0'],
  ] as const;
  assert.deepEqual(headersOf(message(Buffer.from(encoded(headers)).toString())).headers, [
    ['%', 'x'],
    ['a%20b', 'x'],
    ['a%3Ab', 'x'],
    ['%C3%A4', 'x'],
    ['lone%EF%BF%BD', 'x\ufffd'],
    ['a', 'x%0D%0Ab: y'],
    ['a', 'x%00'],
  ]);
});
