import assert from 'node:assert/strict';
import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { test } from 'node:test';
import { connect, nkeys } from '@nats-io/transport-node';
import { type Publisher, silentLogger, StateFile, systemClock, settleOne } from '#trigger';
import { adapterContext } from '../../src/trigger/conformance/index.ts';
import { connectionOptions } from '../../triggers/nats/options/connection-options.ts';
import { adapter } from '../../triggers/nats/index.ts';
import { Link } from '../../triggers/nats/connection/link.ts';
import { certificates } from '../brokers/certificates.ts';
import { NatsServer } from '../brokers/nats.ts';
import { until } from '../until.ts';
import { userCredentials } from './credentials.ts';

const forever = new AbortController().signal;

/** Publishes once over a connection with these keys. */
async function tryConnection(connection: Readonly<Record<string, unknown>>): Promise<void> {
  await using state = StateFile.open(':memory:');
  const context = adapterContext(state, { connection: connectionOptions.parse(connection) });
  const options = adapter.output!.schema.parse({ subject: 'hello', mode: 'core' });
  await using publisher: Publisher = await adapter.output!.open(options, context, forever);
  await publisher.publish([{ headers: [], data: new Uint8Array() }], forever);
}

async function serverWith(config: (folder: string) => string): Promise<NatsServer> {
  return NatsServer.start({ jetstream: false, config });
}

test('a connection authenticates with user and password, in keys or in the address', async () => {
  await using server = await serverWith(() => 'authorization { user: shop, password: "p@ss" }');
  const { address } = server;
  await tryConnection({ servers: address, user: 'shop', password: 'p@ss' });
  await tryConnection({ servers: `nats://shop:p%40ss@${address}` });
  await assert.rejects(tryConnection({ servers: address, user: 'shop', password: 'wrong' }), {
    code: 'SLU3302',
    transient: false,
  });
  await assert.rejects(tryConnection({ servers: address }), { code: 'SLU3302' });
});

test('a connection takes addresses as NATS_URL has them: a list with commas, and a password of any characters', async () => {
  await using server = await serverWith(() => 'authorization { user: shop, password: "a:b@c/d%e,f" }');
  const { address } = server;
  await tryConnection({ servers: `nats://shop:a:b@c/d%25e%2Cf@${address}` });
  await tryConnection({ servers: `nats://127.0.0.1:1, nats://shop:a%3Ab%40c%2Fd%25e%2Cf@${address}` });
});

test('a connection authenticates with a token, in a key or in the address', async () => {
  await using server = await serverWith(() => 'authorization { token: s3cret }');
  await tryConnection({ servers: server.address, token: 's3cret' });
  await tryConnection({ servers: `nats://s3cret@${server.address}` });
});

test('an error tells where it could not connect, without the secrets in the address', async () => {
  await using server = await serverWith(() => 'authorization { token: s3cret }');
  await assert.rejects(tryConnection({ servers: `nats://hunter2@${server.address}` }), (thrown: Error) => {
    assert.match(thrown.message, new RegExp(server.address));
    assert.doesNotMatch(thrown.message, /hunter2/);
    return true;
  });
});

test('a connection authenticates with an nkey seed', async () => {
  const user = nkeys.createUser();
  await using server = await serverWith(() => `authorization { users: [{ nkey: ${user.getPublicKey()} }] }`);
  await tryConnection({ servers: server.address, nkey: new TextDecoder().decode(user.getSeed()) });
});

test('a connection authenticates with credentials, by path or by content', async () => {
  const { config, credentials } = userCredentials();
  await using server = await serverWith(() => config);
  const path = join(server.folder, 'user.creds');
  await writeFile(path, credentials);
  await tryConnection({ servers: server.address, credentials });
  await tryConnection({ servers: server.address, credentials: path });
  await assert.rejects(tryConnection({ servers: server.address, credentials: `${path}.missing` }), {
    code: 'SLU3302',
    message: /user\.creds\.missing/,
  });
});

test('a connection uses TLS with its own authority and a client certificate, by path or as text', async () => {
  const { ca, server: identity, client } = certificates();
  await using server = await NatsServer.start({
    jetstream: false,
    config: (folder) =>
      `tls { cert_file: "${folder}/cert", key_file: "${folder}/key", ca_file: "${folder}/ca", verify: true }`,
    files: { cert: identity.cert, key: identity.key, ca },
  });
  await tryConnection({ servers: server.address, tls: { ca, ...client } });
  await tryConnection({ servers: `tls://${server.address}`, tls: { ca: join(server.folder, 'ca'), ...client } });
  await assert.rejects(tryConnection({ servers: server.address, tls: client }), {
    code: 'SLU3302',
    message: /certificate/,
  });
});

test('a connection refuses a server whose certificate is for another address', async () => {
  const { ca, server: identity, client } = certificates('127.0.0.2');
  await using server = await NatsServer.start({
    jetstream: false,
    config: (folder) => `tls { cert_file: "${folder}/cert", key_file: "${folder}/key" }`,
    files: { cert: identity.cert, key: identity.key },
  });
  await assert.rejects(tryConnection({ servers: server.address, tls: { ca, ...client } }), {
    code: 'SLU3302',
    message: /127\.0\.0\.2/,
  });
});

test('a connection that is to use TLS never does without', async () => {
  await using server = await serverWith(() => '');
  await assert.rejects(tryConnection({ servers: `tls://${server.address}` }), { code: 'SLU3302', message: /tls/ });
});

test('a server that is not there is a passing error, and another one of the list is used', async () => {
  await assert.rejects(tryConnection({ servers: 'nats://127.0.0.1:1' }), { code: 'SLU3301', transient: true });
  await using server = await serverWith(() => '');
  await tryConnection({ servers: ['127.0.0.1:1', server.address] });
});

test('a missing permission to publish or subscribe is reported with the subject', async () => {
  await using server = await serverWith(
    () => 'authorization { users: [{ user: u, password: p, permissions: { publish: "ok", subscribe: "_INBOX.>" } }] }',
  );
  const connection = { servers: server.address, user: 'u', password: 'p' };
  await assert.rejects(tryConnection(connection), { code: 'SLU3307', message: /publish to 'hello'/ });
  await using state = StateFile.open(':memory:');
  const options = adapter.trigger!.schema.parse({ subject: 'hello' });
  const context = adapterContext(state, { connection: connectionOptions.parse(connection) });
  await assert.rejects(adapter.trigger!.open(options, context, forever), {
    code: 'SLU3307',
    message: /subscription of 'hello'/,
  });
});

test('a JetStream trigger that may not acknowledge fails for good, instead of handling its messages again and again', async () => {
  const permissions = '{ publish: { allow: ["$JS.API.>", "s"] }, subscribe: "_INBOX.>" }';
  await using server = await NatsServer.start({
    config: () =>
      `authorization { users: [{ user: u, password: p, permissions: ${permissions} }, { user: a, password: a }] }`,
  });
  await using state = StateFile.open(':memory:');
  const connection = connectionOptions.parse({ servers: server.address, user: 'u', password: 'p' });
  const options = adapter.trigger!.schema.parse({ stream: 's', create: { subjects: ['s'] } });
  await using trigger = await adapter.trigger!.open(options, adapterContext(state, { connection }), forever);
  const admin = await connect({ servers: server.address, user: 'a', pass: 'a' });
  await admin.request('s', 'x', { timeout: 5000 });
  await admin.close();
  const [delivery] = await trigger.take(1, AbortSignal.timeout(5000));
  const settling = assert.rejects(
    async () => settleOne(trigger, delivery!, { kind: 'retry', afterMs: 0, reason: 'again' }),
    {
      code: 'SLU3003',
    },
  );
  await assert.rejects(trigger.take(1, AbortSignal.timeout(10_000)), {
    code: 'SLU3307',
    transient: false,
    message: /JS\.ACK/,
  });
  await settling;
});

test('a store needs no more permissions than its README says', async () => {
  const api = ['INFO', 'STREAM.INFO.KV_shop', 'STREAM.CREATE.KV_shop', 'STREAM.MSG.GET.KV_shop', 'CONSUMER.>'];
  const allowed = [...api.map((subject) => `"$JS.API.${subject}"`), '"$KV.shop.>"'].join(', ');
  const permissions = `{ publish: { allow: [${allowed}] }, subscribe: "_INBOX.>" }`;
  await using server = await NatsServer.start({
    config: () => `authorization { users: [{ user: u, password: p, permissions: ${permissions} }] }`,
  });
  await using state = StateFile.open(':memory:');
  const connection = connectionOptions.parse({ servers: server.address, user: 'u', password: 'p' });
  const options = adapter.store!.schema.parse({ bucket: 'shop', create: {} });
  await using store = await adapter.store!.open(options, adapterContext(state, { connection }), forever);
  const seen: string[] = [];
  await store.watch('', (key) => seen.push(key), forever);
  const revision = await store.put('k', Buffer.from('v'), 0);
  assert.equal((await store.get('k'))?.revision, revision);
  assert.deepEqual(await store.keys(''), ['k']);
  assert.equal(await store.delete('k', revision), true);
  await until(() => seen.length === 2);
});

test('a connection that the client itself closes is reported to its waiters, and may still be probed', async () => {
  await using server = await serverWith(() => '');
  const context = { name: 'test', log: silentLogger, clock: systemClock };
  await using link = await Link.open(
    { ...context, connection: connectionOptions.parse({ servers: server.address }) },
    forever,
  );
  await link.nc.close();
  await assert.rejects(link.closed, { code: 'SLU3301', transient: true });
  await assert.rejects(link.whenConnected(forever), { code: 'SLU3301' });
  assert.equal(await link.probe(), undefined);
});

test('opening gives up when its signal is aborted', async () => {
  await using state = StateFile.open(':memory:');
  const options = adapter.output!.schema.parse({ subject: 'hello', mode: 'core' });
  const context = adapterContext(state, { connection: connectionOptions.parse({ servers: '127.0.0.1:1' }) });
  await assert.rejects(adapter.output!.open(options, context, AbortSignal.abort()));
});
