import assert from 'node:assert/strict';
import { test } from 'node:test';
import type { z } from 'zod';
import { connectionOptions } from './options/connection-options.ts';
import { outputOptions } from './options/output-options.ts';
import { triggerOptions } from './options/trigger-options.ts';

/** What is wrong with it, as `path: message`. */
function complaints(schema: z.ZodType, given: unknown): string[] {
  return schema.safeParse(given).error?.issues.map(({ path, message }) => `${path.join('.')}: ${message}`) ?? [];
}

test('connection servers are read with ports, schemes and user info', () => {
  const { servers, tls } = connectionOptions.parse({ servers: ['nats://a:b%40@one', 'two:5', 'tls://[::1]:7/'] });
  assert.deepEqual(servers, [
    { address: 'one:4222', host: 'one', tls: false, user: 'a', password: 'b@' },
    { address: 'two:5', host: 'two', tls: false },
    { address: '[::1]:7', host: '::1', tls: true },
  ]);
  assert.deepEqual(tls, { handshake_first: false });
  assert.equal(connectionOptions.parse({ servers: 't0ken@one' }).servers[0]?.user, 't0ken');
});

test('a connection needs no key at all, and refuses what makes no server', () => {
  assert.deepEqual(connectionOptions.parse({}).servers, [{ address: '127.0.0.1:4222', host: '127.0.0.1', tls: false }]);
  for (const servers of ['http://one', 'one:70000', 'one two', '', 'nats://']) {
    assert.deepEqual(complaints(connectionOptions, { servers: [servers] }).length, 1, servers);
  }
});

test('a password may hold : and @ and / as they are, and anything percent-encoded', () => {
  for (const [sent, password] of [
    ['a:b', 'a:b'],
    ['a@b', 'a@b'],
    ['a/b', 'a/b'],
    ['a?b#c', 'a?b#c'],
    ['a:@/b', 'a:@/b'],
    ['%3A%40%2F%25%2C', ':@/%,'],
    ['', ''],
  ]) {
    const { servers } = connectionOptions.parse({ servers: `nats://me:${sent}@one:5` });
    assert.deepEqual(servers, [{ address: 'one:5', host: 'one', tls: false, user: 'me', password }]);
  }
});

test('servers may be a list with commas, as NATS_URL is, alone or among others', () => {
  const addressesOf = (servers: unknown): string[] =>
    connectionOptions.parse({ servers }).servers.map(({ address }) => address);
  assert.deepEqual(addressesOf('one,two:5 , [::1]:6'), ['one:4222', 'two:5', '[::1]:6']);
  assert.deepEqual(addressesOf('nats://one, tls://two:5'), ['one:4222', 'two:5']);
  assert.deepEqual(addressesOf(['nats://me:p@one,nats://me:p@two', ' three\n']), [
    'one:4222',
    'two:4222',
    'three:4222',
  ]);
});

test('an invalid address is reported with the right spelling, without quoting it', () => {
  for (const [servers, wanted] of [
    ['nats://me:s3cr%t@one', /% .* as %25/],
    ['nats://me:s3cr%zz@one', /% .* as %25/],
    ['nats://me:s3,cr@one', /, .* as %2C/],
    ['me:s3cr,ct@one:1', /, .* as %2C/],
    ['::1', /in brackets, as in \[::1\]:4222/],
    ['nats://me:s3cr@fe80::1:4222', /in brackets/],
    ['http://me:s3cr@one', /must be HOST:PORT/],
    ['me:s3cr@one two', /must be HOST:PORT/],
    ['me:s3cr@', /must be HOST:PORT/],
    ['nats://one/s3cr', /must be HOST:PORT/],
    ['me:s3cr@one:0', /port from 1 to 65535/],
    ['nats://:s3cr@one', /USER:PASSWORD or TOKEN/],
    [['one', 'nats://a:s3cr@two', 'nats://a:s3cr3t@three'], /same user info/],
  ] as const) {
    const found = complaints(connectionOptions, { servers });
    assert.equal(found.length, 1, String(servers));
    assert.match(found[0] ?? '', wanted);
    assert.doesNotMatch(found[0] ?? '', /s3|cr/);
  }
  assert.match(complaints(connectionOptions, { servers: ['one', ' two three'] })[0] ?? '', /^servers\.1: /);
});

test('a connection takes one way to authenticate, and all of it', () => {
  assert.deepEqual(complaints(connectionOptions, { user: 'a' }), ['user: "user" and "password" go together']);
  assert.deepEqual(complaints(connectionOptions, { token: 't', nkey: 'SU' }), [
    'nkey: must not be given beside "token"',
  ]);
  assert.deepEqual(complaints(connectionOptions, { servers: 'nats://u@one', token: 't' }), [
    'servers: must not hold user info beside "token"',
  ]);
  assert.deepEqual(complaints(connectionOptions, { tls: { cert: 'c' } }), ['tls: "cert" and "key" go together']);
});

test('a trigger reads a subject or a stream, and keys of one do not go with the other', () => {
  assert.equal(triggerOptions.parse({ subject: 'a.*.>' }).kind, 'core');
  assert.equal(triggerOptions.parse({ stream: 'A' }).kind, 'stream');
  assert.deepEqual(complaints(triggerOptions, {}), ['stream: is required, or "subject"']);
  assert.deepEqual(complaints(triggerOptions, { subject: 'a', stream: 'A' }), [
    'stream: must not be given beside "subject"',
  ]);
  assert.deepEqual(complaints(triggerOptions, { subject: 'a', durable: 'd' }), ['durable: does not go with "subject"']);
  assert.deepEqual(complaints(triggerOptions, { stream: 'A', queue: 'q' }), ['queue: does not go with "stream"']);
  assert.deepEqual(complaints(triggerOptions, { stream: 'A', deliver: 'new', start_sequence: 3 }), [
    'start_sequence: must not be given beside "deliver"',
  ]);
});

test('a trigger refuses subjects, names and orders that NATS would not take', () => {
  for (const subject of ['', 'a b', 'a..b', '.a', 'a.', 'a.>.b', 'a*']) {
    assert.equal(complaints(triggerOptions, { subject }).length, 1, subject);
  }
  for (const given of [
    { stream: 'a.b' },
    { stream: 'a*' },
    { stream: 'A', durable: 'x y' },
    { stream: 'A', order: 'key' },
  ]) {
    assert.equal(complaints(triggerOptions, given).length, 1, JSON.stringify(given));
  }
});

test('an output needs a subject without wildcards; a stream to be made needs its name', () => {
  assert.deepEqual(outputOptions.parse({ subject: 'a.b' }), {
    subject: 'a.b',
    mode: 'jetstream',
    stream: undefined,
    create: undefined,
  });
  assert.equal(complaints(outputOptions, { subject: 'a.*' }).length, 1);
  assert.deepEqual(complaints(outputOptions, { subject: 'a', create: { subjects: ['a'] } }), [
    'stream: is required beside "create"',
  ]);
  assert.deepEqual(complaints(outputOptions, { subject: 'a', mode: 'core', stream: 'A' }), [
    'stream: does not go with mode = "core"',
  ]);
});
