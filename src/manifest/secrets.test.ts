import assert from 'node:assert/strict';
import test from 'node:test';
import { hideUserInfo } from '../printable.ts';
import { hideAddressUsers, hideSecretsInLine, isSecretKey, isSecretValue } from './secrets.ts';

test('isSecretKey knows the usual names, in any case', () => {
  const keys = [
    'password',
    'PGPASSWORD',
    'passwd',
    'token',
    'api_key',
    'apiKey',
    'private-key',
    'nkey_seed',
    'user_jwt',
    'client_secret',
    'creds',
  ];
  assert.deepEqual(
    keys.filter((key) => !isSecretKey(key)),
    [],
  );
});

test('isSecretKey leaves ordinary names alone', () => {
  const keys = ['path', 'queue', 'key', 'order_key', 'servers', 'user', 'passive', 'keyvalue'];
  assert.deepEqual(keys.filter(isSecretKey), []);
});

test('isSecretValue knows private keys, and no certificates', () => {
  for (const kind of ['PRIVATE KEY', 'EC PRIVATE KEY', 'ENCRYPTED PRIVATE KEY', 'USER NKEY SEED']) {
    assert.equal(isSecretValue(`-----BEGIN ${kind}-----\nMC4CAQ`), true);
  }
  assert.equal(isSecretValue('-----BEGIN CERTIFICATE-----\nMIIB'), false);
  assert.equal(isSecretValue('/run/secrets/client.key'), false);
});

test('hideUserInfo takes user and password out of URLs and nothing else', () => {
  assert.equal(
    hideUserInfo('nats://me:pw@a:4222, https://b/c@d, mail me@example.com, postgres://u@h'),
    'nats://***@a:4222, https://b/c@d, mail me@example.com, postgres://***@h',
  );
});

test('hideAddressUsers takes them out of addresses without a scheme, too', () => {
  assert.equal(
    hideAddressUsers('servers = ["tok@a:4222", "me:pw@b", \'tok@[::1]\', "nats://me:pw@c", "d:1"], tok@e'),
    'servers = ["***@a:4222", "***@b", \'***@[::1]\', "nats://***@c", "d:1"], ***@e',
  );
});

test('user info is hidden whole where its password is not encoded', () => {
  assert.equal(hideUserInfo('got "nats://me:p@s/s:w@a:4222"'), 'got "nats://***@a:4222"');
  assert.equal(hideUserInfo('tls://me:p/w@a,tls://me:p/w@b'), 'tls://***@a,tls://***@b');
  assert.equal(hideUserInfo(`${'nats://'.repeat(100_000)}a:b@c`).endsWith('nats://***@c'), true, 'and in no time');
  assert.equal(
    hideAddressUsers(`servers = ["me:p@s/s, w@a:4222", 'nats://me:p w@b', "c:1"]`),
    `servers = ["***@a:4222", 'nats://***@b', "c:1"]`,
  );
});

test('hideSecretsInLine hides values of secret keys, finished or not', () => {
  assert.equal(hideSecretsInLine('password = "a \\" b" # why'), 'password = "***" # why');
  assert.equal(
    hideSecretsInLine("x = { token = 'a', user = 'b', 'api_key' = c }"),
    `x = { token = "***", user = 'b', 'api_key' = "***" }`,
  );
  assert.equal(hideSecretsInLine('password = "a b c'), 'password = "***"');
});

test('hideSecretsInLine hides a private key whatever its key is called', () => {
  const line = String.raw`tls = { cert = "client.pem", key = "-----BEGIN PRIVATE KEY-----\nMC4CAQ" }`;
  assert.equal(hideSecretsInLine(line), 'tls = { cert = "client.pem", key = "***" }');
});

test('hideSecretsInLine shows where a secret comes from, but not its default', () => {
  assert.equal(hideSecretsInLine('token = "${file:/run/x}"'), 'token = "${file:/run/x}"');
  assert.equal(hideSecretsInLine('token = "${env:T}"'), 'token = "${env:T}"');
  assert.equal(hideSecretsInLine('token = "${env:T:-hunter2}"'), 'token = "***"');
});
