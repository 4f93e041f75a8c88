import assert from 'node:assert/strict';
import { test } from 'node:test';
import kafkajs from 'kafkajs';
import { crashError, isCoordinatorBusy } from './crash-error.ts';

const { KafkaJSConnectionError, KafkaJSNonRetriableError, KafkaJSNumberOfRetriesExceeded, KafkaJSProtocolError } =
  kafkajs;

/** What the library makes of an error code in an answer. */
function answered(type: string, code: number): Error {
  return new KafkaJSProtocolError(Object.assign(new Error(type), { type, code, retriable: false }));
}

const where = '127.0.0.1:9092';

test('a consumer that ends for a reason that nobody knows fails for good when it happens six times in a row', () => {
  const unknown = crashError(new KafkaJSNonRetriableError('not foreseen'), where);
  assert.deepEqual([unknown.code, unknown.transient, unknown.tries], ['SLU3412', true, 6]);
  assert.match(unknown.message, /not foreseen/);
  assert.equal(crashError(answered('UNKNOWN', -1), where).code, 'SLU3412');
  assert.equal(crashError(new TypeError('a fault of the library'), where).code, 'SLU3412');
});

test('a consumer that ends because a broker is away is opened again for as long as that lasts', () => {
  const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });
  const away = [
    new KafkaJSConnectionError('connection refused', { broker: where }),
    new KafkaJSNumberOfRetriesExceeded(refused, { retryCount: 3, retryTime: 1000 }),
    answered('GROUP_LOAD_IN_PROGRESS', 14),
  ];
  for (const thrown of away) {
    const { code, transient, tries } = crashError(thrown, where);
    assert.deepEqual([code, transient, tries], ['SLU3403', true, Infinity], thrown.message);
  }
});

test('a consumer ends with the reason why it may not continue', () => {
  const denied = crashError(answered('TOPIC_AUTHORIZATION_FAILED', 29), where);
  assert.deepEqual([denied.code, denied.transient], ['SLU3405', false]);
  const missing = crashError(answered('UNKNOWN_TOPIC_OR_PARTITION', 3), where);
  assert.deepEqual([missing.code, missing.transient], ['SLU3406', true]);
});

test('a starting coordinator is distinguished from a missing one, through any wrapping error', () => {
  const busy = answered('NOT_COORDINATOR_FOR_GROUP', 16);
  assert.equal(isCoordinatorBusy(new Error('wrapped', { cause: busy })), true);
  assert.equal(isCoordinatorBusy(answered('GROUP_AUTHORIZATION_FAILED', 30)), false);
  assert.equal(isCoordinatorBusy(undefined), false);
});
