import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { connectionOptions } from './options/connection-options.ts';
import { adapter } from './index.ts';
import { outputOptions } from './options/output-options.ts';
import { triggerOptions } from './options/trigger-options.ts';

/** What is wrong with it, as `path: message`. */
function complaints(schema: z.ZodType, given: unknown): string[] {
  return schema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

test('connection brokers are read with and without ports, and need not be given', () => {
  assert.deepEqual(connectionOptions.parse({ brokers: ['one', 'two:5', '[::1]:7'] }).brokers, [
    'one:9092',
    'two:5',
    '[::1]:7',
  ]);
  assert.deepEqual(connectionOptions.parse({}), {
    brokers: ['127.0.0.1:9092'],
    tls: undefined,
    sasl: undefined,
    clientId: undefined,
    connectTimeoutMs: 5000,
    requestTimeoutMs: 30_000,
  });
});

test('connection brokers are read as other clients read them: lists with commas, kafka://, blanks around them', () => {
  const read = (brokers: unknown): unknown => connectionOptions.parse({ brokers }).brokers;
  assert.deepEqual(read('one:1, two ,[::1]:9092'), ['one:1', 'two:9092', '[::1]:9092']);
  assert.deepEqual(read(['one:1,two:2', ' three ']), ['one:1', 'two:2', 'three:9092']);
  assert.deepEqual(read('kafka://one,KAFKA://[fe80::1]:5/'), ['one:9092', '[fe80::1]:5']);
});

test('connection brokers that are none say how to write them, and tell no password', () => {
  const wrong = (brokers: unknown): string | undefined => complaints(connectionOptions, { brokers })[0];
  for (const [given, told] of [
    ['', /one of them is empty/],
    ['one,,two', /one of them is empty/],
    ['one:1,', /one of them is empty/],
    ['one two', /HOST or HOST:PORT/],
    ['one:70000', /from 1 to 65535/],
    ['one:0', /from 1 to 65535/],
    ['one:port', /HOST or HOST:PORT/],
    ['::1', /in brackets, as in \[::1\]:9092/],
    ['fe80::1:9092', /in brackets/],
    ['SASL_SSL://one:9093', /without a protocol .*tls = \{\}.*sasl/],
    ['http://me:hunter2@one', /without a protocol/],
    ['kafka://me:hunter2@one', /sasl = \{/],
    ['me:hunter2/@one', /sasl = \{/],
  ] as const) {
    assert.match(wrong(given) ?? '', told, given);
    assert.match(wrong(['good', given]) ?? '', /^brokers\.1: /);
    assert.doesNotMatch(wrong(given) ?? '', /hunter2/);
  }
  const nul = { sasl: { mechanism: 'plain', username: 'u', password: 'p\0q' } };
  assert.deepEqual(complaints(connectionOptions, nul), ['sasl.password: must not hold a NUL character']);
});

test('a connection uses TLS when it says so, with its own files if it has any', () => {
  assert.deepEqual(connectionOptions.parse({ tls: {} }).tls, {});
  assert.deepEqual(connectionOptions.parse({ tls: { ca: 'ca.pem' } }).tls, { ca: 'ca.pem' });
  assert.equal(complaints(connectionOptions, { tls: { cert: 'c' } }).length, 1);
});

test('a connection takes what its SASL mechanism wants, and nothing else', () => {
  const sasl = (given: object): unknown => connectionOptions.parse({ sasl: given }).sasl;
  const wrong = (given: object): string[] => complaints(connectionOptions, { sasl: given });
  const password = { username: 'u', password: 'p' };
  assert.deepEqual(sasl({ mechanism: 'scram-sha-512', ...password }), { mechanism: 'scram-sha-512', ...password });
  assert.deepEqual(wrong({ mechanism: 'plain', username: 'u' }), ['sasl.password: is required']);
  assert.deepEqual(wrong({ mechanism: 'plain', ...password, token: 't' }), [
    'sasl.token: does not go with mechanism = "plain"',
  ]);
  assert.deepEqual(wrong({ mechanism: 'oauthbearer', username: 'u', token: 't' }), [
    'sasl.username: does not go with mechanism = "oauthbearer"',
  ]);
  assert.equal(wrong({ mechanism: 'gssapi' }).length, 1);
});

test('an OAuth token is given, in a file, or requested', () => {
  const source = (given: object): unknown => {
    const { sasl } = connectionOptions.parse({ sasl: { mechanism: 'oauthbearer', ...given } });
    return sasl?.mechanism === 'oauthbearer' && sasl.token;
  };
  const wrong = (given: object): string[] =>
    complaints(connectionOptions, { sasl: { mechanism: 'oauthbearer', ...given } });
  const client = { endpoint: 'https://id.example.com/token', client_id: 'c', client_secret: 's' };
  assert.deepEqual(source({ token: 't' }), { kind: 'fixed', token: 't' });
  assert.deepEqual(source({ token_file: '/t' }), { kind: 'file', path: '/t' });
  assert.deepEqual(source({ ...client, scope: 'kafka' }), {
    kind: 'endpoint',
    endpoint: client.endpoint,
    clientId: 'c',
    clientSecret: 's',
    scope: 'kafka',
  });
  assert.deepEqual(wrong({}), ['sasl.token: is required, or "token_file", or "endpoint"']);
  assert.deepEqual(wrong({ token: 't', token_file: 'f' }), ['sasl.token_file: must not be given beside "token"']);
  assert.deepEqual(wrong({ endpoint: client.endpoint, client_id: 'c' }), ['sasl.client_secret: is required']);
  assert.deepEqual(wrong({ token: 't', scope: 's' }), ['sasl.scope: goes with "endpoint"']);
  assert.equal(wrong({ ...client, endpoint: 'ldap://x' }).length, 1);
});

test('a trigger reads topics by name or by a pattern that matches whole names', () => {
  assert.deepEqual(triggerOptions.parse({ topic: 'a.b-c_D' }).topics, ['a.b-c_D']);
  assert.deepEqual(triggerOptions.parse({ topic: ['a', 'b'] }).topics, ['a', 'b']);
  const { topics } = triggerOptions.parse({ pattern: 'a|b.*' });
  assert.ok(topics instanceof RegExp);
  assert.deepEqual(
    ['a', 'b', 'bc', 'ab', 'xb'].filter((topic) => topics.test(topic)),
    ['a', 'b', 'bc'],
  );
  assert.deepEqual(complaints(triggerOptions, {}), ['topic: is required, or "pattern"']);
  assert.deepEqual(complaints(triggerOptions, { topic: 'a', pattern: 'b' }), [
    'topic: must not be given beside "pattern"',
  ]);
  for (const topic of ['', '.', '..', 'a b', 'a/b', 'ä', 'x'.repeat(250)]) {
    assert.equal(complaints(triggerOptions, { topic }).length, 1, topic);
  }
  assert.match(complaints(triggerOptions, { pattern: '(' })[0] ?? '', /^pattern: must be a regular expression: /);
});

test('a trigger begins at an end of its topics, or at a time', () => {
  const start = (from: string): unknown => triggerOptions.parse({ topic: 't', from }).start;
  assert.deepEqual(triggerOptions.parse({ topic: 't' }).start, { kind: 'earliest' });
  assert.deepEqual(start('latest'), { kind: 'latest' });
  assert.deepEqual(start('2026-01-02T03:04:05+01:00'), { kind: 'time', timeMs: Date.UTC(2026, 0, 2, 2, 4, 5) });
  assert.equal(complaints(triggerOptions, { topic: 't', from: 'yesterday' }).length, 1);
});

test('a trigger refuses values that do not go together', () => {
  const wrong = (given: object): string[] => complaints(triggerOptions, { topic: 't', ...given });
  assert.deepEqual(wrong({ heartbeat: '2s', session_timeout: '5s' }), [
    'heartbeat: must be at most a third of session_timeout',
  ]);
  assert.deepEqual(wrong({ fetch_bytes: '512KiB' }), ['partition_fetch_bytes: must be at most fetch_bytes']);
  assert.deepEqual(wrong({ exactly_once: true, read_committed: false }), [
    'read_committed: must be true with exactly_once',
  ]);
  assert.equal(wrong({ exactly_once: true, transaction_timeout: '16m' }).length, 1);
});

test('a trigger and an output have the defaults that are documented', () => {
  assert.deepEqual(triggerOptions.parse({ topic: 't' }), {
    topics: ['t'],
    group: undefined,
    start: { kind: 'earliest' },
    readCommitted: true,
    order: 'key',
    window: 1000,
    sessionTimeoutMs: 45_000,
    rebalanceTimeoutMs: 60_000,
    heartbeatIntervalMs: 3000,
    commitEveryMs: 1000,
    commitRecords: 500,
    fetchBytes: 10 * 2 ** 20,
    partitionFetchBytes: 2 ** 20,
    exactlyOnce: false,
    transactionTimeoutMs: 60_000,
  });
  assert.deepEqual(outputOptions.parse({ topic: 't' }), { topic: 't', compression: 'none', timeoutMs: 30_000 });
});

test('the destination of a trigger is what the manifest says that it reads', () => {
  const destination = (given: object): string => adapter.trigger!.destination(triggerOptions.parse(given));
  assert.equal(destination({ topic: 'orders' }), 'orders');
  assert.equal(destination({ topic: ['a', 'b'] }), 'a,b');
  assert.equal(destination({ pattern: 'orders-.*' }), 'orders-.*');
});
