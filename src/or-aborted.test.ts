import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orAborted } from './or-aborted.ts';

const never = new Promise<string>(() => {});
const reason = new Error('enough');

test('orAborted settles as the work does', async () => {
  const { signal } = new AbortController();
  assert.equal(await orAborted(Promise.resolve('done'), signal), 'done');
  await assert.rejects(orAborted(Promise.reject(reason), signal), reason);
});

test('orAborted rejects with the reason as soon as the signal is aborted, and at once when it was', async () => {
  const ending = new AbortController();
  const waiting = orAborted(never, ending.signal);
  ending.abort(reason);
  await assert.rejects(waiting, reason);
  await assert.rejects(orAborted(never, ending.signal), reason);
});

test('orAborted goes by what came first', async () => {
  const ending = new AbortController();
  const done = orAborted(Promise.resolve('done'), ending.signal);
  await done;
  ending.abort(reason);
  assert.equal(await done, 'done');
});
