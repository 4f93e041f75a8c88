import assert from 'node:assert/strict';
import { test } from 'node:test';
import { settledOrCancelled } from './settled-or-cancelled.ts';

const never = new Promise<void>(() => {});

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
