import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Items, Mailbox } from './mailbox.ts';

const never = new AbortController().signal;

test('Mailbox gives out its items, oldest first, and at most as many as requested', async () => {
  const mailbox = new Mailbox(new Items<number>());
  for (const n of [1, 2, 3]) mailbox.put(n);
  assert.deepEqual(await mailbox.take(2, never), [1, 2]);
  assert.equal(mailbox.size, 1);
  assert.deepEqual(await mailbox.take(2, never), [3]);
});

test('Mailbox waits for the next item, and takes all that were put in the same turn', async () => {
  const mailbox = new Mailbox(new Items<number>());
  const taking = mailbox.take(5, never);
  mailbox.put(1);
  mailbox.put(2);
  assert.deepEqual(await taking, [1, 2]);
});

test('Mailbox gives out none when stop is aborted while it waits, and what comes later stays', async () => {
  const mailbox = new Mailbox(new Items<number>());
  const stop = new AbortController();
  const taking = mailbox.take(1, stop.signal);
  stop.abort();
  assert.deepEqual(await taking, []);
  mailbox.put(1);
  assert.deepEqual(await mailbox.take(1, never), [1]);
});

test('Mailbox fails who waits and who comes later, with the first failure', async () => {
  const mailbox = new Mailbox(new Items<number>());
  const taking = mailbox.take(1, never);
  mailbox.fail(new Error('first'));
  mailbox.fail(new Error('second'));
  mailbox.put(1);
  await assert.rejects(taking, /first/);
  await assert.rejects(mailbox.take(1, never), /first/);
});
