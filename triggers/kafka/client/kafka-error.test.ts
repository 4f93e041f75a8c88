import assert from 'node:assert/strict';
import { test } from 'node:test';
import { refusalOf, SluiceError } from '#trigger';
import { kafkaError } from './kafka-error.ts';

/** As the library makes them: a name, and what a broker said. */
function libraryError(name: string, message: string, about: object = {}, cause?: unknown): Error {
  return Object.assign(new Error(message, { cause }), { name, ...about });
}

function answer(type: string, message = 'said the broker'): Error {
  return libraryError('KafkaJSProtocolError', message, { type });
}

test('kafkaError reads the code that a broker answered with, however often the library wrapped it', () => {
  const wrapped = libraryError('KafkaJSNumberOfRetriesExceeded', 'x', {}, answer('NOT_ENOUGH_REPLICAS'));
  for (const thrown of [
    answer('NOT_ENOUGH_REPLICAS'),
    wrapped,
    libraryError('KafkaJSNonRetriableError', 'x', {}, wrapped),
  ]) {
    const { code, transient, cause } = kafkaError(thrown, 'one:9092');
    assert.deepEqual([code, transient, cause], ['SLU3409', true, thrown]);
  }
  const several = libraryError('KafkaJSAggregateError', 'x', { errors: [answer('GROUP_AUTHORIZATION_FAILED')] });
  assert.equal(kafkaError(several, 'one:9092').code, 'SLU3405');
});

test('kafkaError tells what was asked, where, and what the broker said', () => {
  const missing = kafkaError(answer('UNKNOWN_TOPIC_OR_PARTITION'), 'one:9092', "messages to topic 'a'");
  assert.equal(missing.message, "Kafka, messages to topic 'a': said the broker");
  assert.deepEqual([missing.code, missing.transient], ['SLU3406', true]);
  assert.match(missing.fix ?? '', /kafka-topics/);
  const away = kafkaError(libraryError('KafkaJSConnectionError', 'Connection timeout'), 'one:9092, two:9092', 'x');
  assert.equal(away.message, "Kafka at one:9092, two:9092 can't be reached: Connection timeout");
  assert.deepEqual([away.code, away.transient], ['SLU3403', true]);
});

test('kafkaError takes what TLS, files and credentials say for a refusal, and what it does not know for an outage', () => {
  const refused = (thrown: unknown): boolean => {
    const { code, transient } = kafkaError(thrown, 'one:9092');
    assert.equal(transient, code === 'SLU3403');
    return code === 'SLU3404';
  };
  assert.ok(refused(libraryError('KafkaJSConnectionError', 'x', { code: 'DEPTH_ZERO_SELF_SIGNED_CERT' })));
  assert.ok(refused(libraryError('KafkaJSConnectionError', 'x', { code: 'ERR_SSL_WRONG_VERSION_NUMBER' })));
  assert.ok(refused(libraryError('KafkaJSSASLAuthenticationError', 'x')));
  assert.ok(refused(libraryError('Error', 'no such file', { code: 'ENOENT' })));
  assert.ok(!refused(libraryError('KafkaJSConnectionError', 'x', { code: 'ECONNREFUSED' })));
  assert.ok(!refused(answer('A_TYPE_OF_THE_FUTURE')));
  assert.ok(!refused('a string'));
});

test('kafkaError knows codes that are younger than the library by their numbers', () => {
  assert.equal(kafkaError(answer('KAFKAJS_UNKNOWN_ERROR_CODE', 'Unknown error code 90'), 'one:9092').code, 'SLU3410');
  assert.equal(kafkaError(answer('KAFKAJS_UNKNOWN_ERROR_CODE', 'Unknown error code 999'), 'one:9092').code, 'SLU3403');
});

const refusals = {
  message: ['MESSAGE_TOO_LARGE', 'RECORD_LIST_TOO_LARGE', 'INVALID_RECORD', 'INVALID_TIMESTAMP', 'POLICY_VIOLATION'],
  away: [
    'CORRUPT_MESSAGE',
    'NETWORK_EXCEPTION',
    'UNKNOWN',
    'UNKNOWN_TOPIC_OR_PARTITION',
    'NOT_ENOUGH_REPLICAS',
    'NOT_ENOUGH_REPLICAS_AFTER_APPEND',
    'NOT_LEADER_FOR_PARTITION',
    'REQUEST_TIMED_OUT',
    'KAFKA_STORAGE_ERROR',
    'OUT_OF_ORDER_SEQUENCE_NUMBER',
    'GROUP_COORDINATOR_NOT_AVAILABLE',
    'A_TYPE_OF_THE_FUTURE',
  ],
  destination: [
    'TOPIC_AUTHORIZATION_FAILED',
    'CLUSTER_AUTHORIZATION_FAILED',
    'INVALID_TOPIC_EXCEPTION',
    'SASL_AUTHENTICATION_FAILED',
    'UNSUPPORTED_COMPRESSION_TYPE',
    'UNSUPPORTED_FOR_MESSAGE_FORMAT',
    'INVALID_REQUIRED_ACKS',
  ],
} as const;

test('kafkaError tells what is one message’s fault from what may pass, and from what the topic refuses whatever is sent', () => {
  for (const [refusal, types] of Object.entries(refusals)) {
    for (const type of types) assert.equal(refusalOf(kafkaError(answer(type), 'one:9092')), refusal, type);
  }
});

test('kafkaError lets our own errors through', () => {
  const own = new SluiceError('SLU3401', 'x');
  assert.equal(kafkaError(own, 'one:9092'), own);
  assert.equal(kafkaError(libraryError('KafkaJSNonRetriableError', 'y', {}, own), 'one:9092'), own);
});
