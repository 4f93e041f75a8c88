import assert from 'node:assert/strict';
import { test } from 'node:test';
import { notAsSaid } from './nats-error.ts';

test('notAsSaid tells what differs, and nothing else', () => {
  const wanted = { filters: ['a', 'b'], ack_wait: 30, max_deliver: 7 };
  const { code, message, transient } = notAsSaid("durable 'd'", wanted, { filters: ['a'], ack_wait: 30 });
  assert.deepEqual([code, transient], ['SLU3314', false]);
  assert.match(message, /filters is \["a"\], not \["a","b"\]; max_deliver is nothing, not 7$/);
});
