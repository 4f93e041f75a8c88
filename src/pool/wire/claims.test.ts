import assert from 'node:assert/strict';
import { test } from 'node:test';
import { Claims, Revocations } from './claims.ts';

function pair(): { thread: Claims; main: Revocations } {
  const memory = Claims.memory();
  return { thread: new Claims(memory), main: new Revocations(memory) };
}

test('Claims lets a thread begin what was not taken back', () => {
  const { thread } = pair();
  assert.equal(thread.arrived(0), false);
  assert.deepEqual([thread.claim(1), thread.claim(5), thread.claim(6)], [true, true, true]);
});

test('Revocations take back what was not begun, and tell what was', () => {
  const { thread, main } = pair();
  thread.claim(3);
  assert.equal(main.revoke(), 3);
  assert.equal(thread.claim(4), false);
});

test('Revocations take back everything from a thread that has begun nothing', () => {
  const { thread, main } = pair();
  assert.equal(main.revoke(), 0);
  assert.equal(thread.claim(1), false);
});

test('Claims lets a thread go on with the first batch that was sent after a revocation', () => {
  const { thread, main } = pair();
  thread.claim(3);
  main.revoke();
  assert.equal(thread.arrived(main.count), true);
  assert.equal(thread.arrived(main.count), false);
  assert.deepEqual([thread.claim(6), thread.claim(7)], [true, true]);
  assert.equal(main.revoke(), 7);
});

test('Claims of a batch that was taken back before it arrived fail', () => {
  const { thread, main } = pair();
  thread.claim(3);
  main.revoke();
  const sentBetween = main.count;
  assert.equal(main.revoke(), 3, 'what had begun before the first revocation is still begun');
  assert.equal(thread.arrived(sentBetween), true);
  assert.equal(thread.claim(4), false);
  assert.equal(thread.arrived(main.count), true);
  assert.equal(thread.claim(5), true);
});

test('Claims fail until a new batch comes, however often they are tried', () => {
  const { thread, main } = pair();
  main.revoke();
  assert.deepEqual([thread.claim(1), thread.claim(2), thread.claim(1)], [false, false, false]);
  thread.arrived(main.count);
  assert.equal(thread.claim(3), true);
});

test('a revocation between two batches takes back the second one only', () => {
  const { thread, main } = pair();
  main.revoke();
  thread.arrived(main.count);
  assert.equal(thread.claim(4), true);
  assert.equal(main.revoke(), 4);
  assert.equal(thread.claim(5), false);
});
