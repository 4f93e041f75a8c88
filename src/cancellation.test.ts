import assert from 'node:assert/strict';
import { test } from 'node:test';
import { orAborted, settledOrCancelled } from './cancellation.ts';

const never = new Promise<never>(() => {});
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

test('settledOrCancelled settles as the settlement does while nobody cancels', async () => {
  const { signal } = new AbortController();
  await settledOrCancelled(Promise.resolve(), signal);
  await assert.rejects(settledOrCancelled(Promise.reject(new TypeError('twice')), signal), TypeError);
});

test('settledOrCancelled rejects every settlement that waits when the signal is aborted, and every later one', async () => {
  const cancel = new AbortController();
  const waiting = [1, 2, 3].map(() => settledOrCancelled(never, cancel.signal));
  cancel.abort();
  for (const settling of [...waiting, settledOrCancelled(never, cancel.signal)]) {
    await assert.rejects(settling, { code: 'SLU3003', transient: true });
  }
});

test('settledOrCancelled leaves a rejection that comes after the signal unheard', async () => {
  const cancel = new AbortController();
  const late = Promise.withResolvers<void>();
  const settling = settledOrCancelled(late.promise, cancel.signal);
  cancel.abort();
  late.reject(new Error('away'));
  await assert.rejects(settling, { code: 'SLU3003' });
  await new Promise((resolve) => setImmediate(resolve)); // an unhandled rejection would fail the test
});
