import assert from 'node:assert/strict';
import { test } from 'node:test';
import { internalModule } from './internals.ts';
import { installIdleTimerPatch } from './idle-timer-patch.ts';

interface RequestQueue {
  pending: object[];
  throttledUntil: number;
  readonly throttleCheckTimeoutId: NodeJS.Timeout | null;
  scheduleCheckPendingRequests(): void;
  checkPendingRequests(): void;
  destroy(): void;
}

type RequestQueueClass = new (options: object) => RequestQueue;

installIdleTimerPatch();

function idleQueue(): RequestQueue {
  const RequestQueue = internalModule('src/network/requestQueue/index.js') as RequestQueueClass;
  return new RequestQueue({ requestTimeout: 1000, logger: { debug() {} } });
}

test('the request queue of an idle connection has no timer', () => {
  const queue = idleQueue();
  queue.scheduleCheckPendingRequests();
  queue.checkPendingRequests();
  assert.equal(queue.throttleCheckTimeoutId, null);
});

test('the request queue looks again when a request is pending or the broker throttles', () => {
  const waiting = idleQueue();
  waiting.pending = [{}];
  waiting.scheduleCheckPendingRequests();
  assert.notEqual(waiting.throttleCheckTimeoutId, null);
  waiting.destroy();

  const throttled = idleQueue();
  throttled.throttledUntil = Date.now() + 10_000;
  throttled.scheduleCheckPendingRequests();
  assert.notEqual(throttled.throttleCheckTimeoutId, null);
  throttled.destroy();
});
